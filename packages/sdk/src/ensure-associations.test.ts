import { expect, test } from "vitest";
import { ApiError, type ApiErrorFacts } from "./api-error.ts";
import { ConnectionError } from "./connection-error.ts";
import { ensureAssociations, type EnsureOptions } from "./ensure-associations.ts";
import type { OsmClient } from "./osm-client.ts";

const REQUEST = { ticketId: "T", relatedIds: ["a", "b"], groupId: "g" } as const;
const rejected = (facts: Partial<ApiErrorFacts>) =>
  new ApiError({ operation: "create", httpStatus: 200, errorClass: "unknown", execution: "no", attempts: 1, ...facts });
const LOST = new ConnectionError({ operation: "create", kind: "reset", execution: "unknown", attempts: 1, cause: 1 });

/** A ticket whose lists show these associations, one after the other; each create fails so. */
function clientOf(lists: string[][], failure: () => Error) {
  const calls: string[] = [];
  const facts = { httpStatus: 200, requestId: undefined, attempts: 1 };
  const client: Pick<OsmClient, "createAssociations" | "listAssociations"> = {
    listAssociations: async () => {
      calls.push("list");
      const shown = (lists.length > 1 ? lists.shift() : lists[0]) ?? [];
      return { ...facts, associations: shown.map((ticketId) => ({ ticketId })) };
    },
    createAssociations: async ({ relatedIds }) => {
      calls.push(`create ${relatedIds.join(" ")}`);
      throw failure();
    },
  };
  return { client, calls };
}

async function ensured(lists: string[][], failure: () => Error, options: EnsureOptions = {}) {
  const { client, calls } = clientOf(lists, failure);
  const error: unknown = await ensureAssociations(client, REQUEST, { sleep: async () => undefined, ...options }).catch(
    (cause: unknown) => cause,
  );
  return { error, calls };
}

test("a ticket without room was not written to, unless this call has created one of the associations before", async () => {
  const full = await ensured([["x", "y"]], () => LOST);
  expect(full.error).toMatchObject({ errorClass: "limit", execution: "no", wasSent: "no", attempts: 1 });
  expect(full.calls).toEqual(["list"]);
  const before = await ensured([["a", "x", "y"]], () => LOST);
  expect(before.error).toMatchObject({ errorClass: "limit", execution: "no" });
  const partly = await ensured([[], ["a", "x", "y"]], () => LOST);
  expect(partly.error).toMatchObject({ errorClass: "limit", execution: "yes", attempts: 3 });
});

test.each(["throttled", "unauthenticated"] as const)(
  "a create that is %s was certainly not executed: it is not read",
  async (errorClass) => {
    const { error, calls } = await ensured([[]], () => rejected({ errorClass }));
    expect(error).toMatchObject({ errorClass, execution: "no", attempts: 2 });
    expect(calls).toEqual(["list", "create a b"]);
  },
);

test("a rejected create of several ids is read, because some may have been created", async () => {
  const { error, calls } = await ensured([[], ["a"]], () => rejected({ errorClass: "not-found" }));
  expect(error).toMatchObject({ errorClass: "not-found", execution: "yes", attempts: 3 });
  expect(calls).toEqual(["list", "create a b", "list"]);
  const one = await ensured([["a"]], () => rejected({ errorClass: "not-found" }));
  expect([one.calls, one.error]).toEqual([["list", "create b"], expect.objectContaining({ execution: "no" })]);
});

test("a bug is thrown as it is", async () => {
  const bug = new TypeError("a bug");
  const { error, calls } = await ensured([[]], () => bug);
  expect([error, calls]).toEqual([bug, ["list", "create a b"]]);
  expect(Object.keys(bug)).toEqual([]);
});

test("a caller that aborts while the call waits gets an error that does not know the outcome", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const sleep = async () => {
    abort.abort(reason);
    throw reason;
  };
  const { error } = await ensured([[]], () => LOST, { sleep, signal: abort.signal });
  expect(error).toMatchObject({
    kind: "aborted",
    operation: "ensure associations of T",
    ticketId: "T",
    wasSent: "yes",
    execution: "unknown",
    attempts: 2,
    cause: reason,
  });
  const failed = new Error("no timer");
  const broken = await ensured([[]], () => LOST, { sleep: () => Promise.reject(failed) });
  expect(broken.error).toBe(failed);
});
