import { expect, test } from "vitest";
import { ApiError, type ApiErrorFacts } from "./api-error.ts";
import { ConnectionError, type ConnectionErrorFacts } from "./connection-error.ts";
import type { OsmClient } from "./osm-client.ts";
import { removeAssociations } from "./remove-associations.ts";

const rejected = (facts: Partial<ApiErrorFacts>) =>
  new ApiError({ operation: "delete", httpStatus: 200, errorClass: "unknown", execution: "no", attempts: 1, ...facts });
const unconnected = (facts: Partial<ConnectionErrorFacts>) =>
  new ConnectionError({ operation: "delete", kind: "reset", execution: "unknown", attempts: 1, cause: 1, ...facts });

/** Removes a and b from a ticket that has both, when the removal of a fails so. */
async function removed(failure: Error) {
  const calls: string[] = [];
  const waits: number[] = [];
  const facts = { httpStatus: 200, requestId: undefined, attempts: 1 };
  const present = new Set(["a", "b"]);
  const client: Pick<OsmClient, "deleteAssociation" | "listAssociations"> = {
    listAssociations: async () => {
      calls.push("list");
      return { ...facts, associations: [...present].map((ticketId) => ({ ticketId })) };
    },
    deleteAssociation: async ({ relatedId }) => {
      calls.push(`delete ${relatedId}`);
      if (relatedId === "a") throw failure;
      present.delete(relatedId);
      return facts;
    },
  };
  const sleep = async (milliseconds: number) => void waits.push(milliseconds);
  const error: unknown = await removeAssociations(
    client,
    { ticketId: "T", relatedIds: ["a", "b"], groupId: "g" },
    { retries: 2, random: () => 1, sleep },
  ).catch((cause: unknown) => cause);
  return { error, calls, waits };
}

test.each<[string, Error]>([
  ["a failed sign-in", rejected({ errorClass: "transient", phase: "sign-in" })],
  ["throttling", rejected({ errorClass: "throttled" })],
  ["rejected credentials", rejected({ errorClass: "unauthenticated" })],
  ["a connection that was not made", unconnected({ kind: "refused", execution: "no" })],
  ["an abort", unconnected({ kind: "aborted" })],
])("after %s nothing more is sent", async (_what, failure) => {
  const { error, calls } = await removed(failure);
  expect([error, calls]).toEqual([failure, ["list", "delete a"]]);
});

test.each<[string, Error]>([
  ["a rejection of one id", rejected({ errorClass: "not-found" })],
  ["a code that no document names", rejected({})],
])("after %s the other ids are removed", async (_what, failure) => {
  const { error, calls } = await removed(failure);
  expect([error, calls]).toEqual([failure, ["list", "delete a", "delete b", "list"]]);
  expect(error).toMatchObject({ execution: "yes", attempts: 4 });
});

test("a removal without a response is tried again after longer and longer waits", async () => {
  const failure = unconnected({});
  const { error, calls, waits } = await removed(failure);
  expect(calls).toEqual(["list", "delete a", "delete b", "list", "delete a", "list", "delete a", "list"]);
  expect([error, waits]).toEqual([failure, [250, 500]]);
});

test("a bug is thrown as it is", async () => {
  const bug = new TypeError("a bug");
  expect(await removed(bug)).toMatchObject({ error: bug, calls: ["list", "delete a"] });
  expect(Object.keys(bug)).toEqual([]);
});
