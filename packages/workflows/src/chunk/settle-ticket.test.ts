import { expect, test } from "vitest";
import {
  apiError,
  FORBIDDEN,
  LOST,
  NOT_EXECUTED,
  NOT_FOUND,
  ScriptedApi,
  THROTTLED,
  UNAVAILABLE,
  UNKNOWN_CODE,
} from "../../test/support/scripted-api.ts";
import { failing, settle, unreadAfter } from "../../test/support/settle.ts";
import { Canary } from "../batch/canary.ts";
import { TurnStop } from "./turn-stop.ts";
import { UnsentError } from "./verdict.ts";

test("what is missing is sent in one call, and what is there is not", async () => {
  const { end, calls, rowsLog } = await settle({ present: ["a"], rows: ["a", "b", "c"] });
  expect([end, calls]).toEqual(["settled", ["create T b c"]]);
  const facts = { http_status: 200, request_id: "request-1", elapsed_ms: 1.3 };
  expect(rowsLog).toEqual([
    ["a", 0, {}, "already_associated"],
    ["b", 1, facts, "created"],
    ["c", 1, facts, "created"],
  ]);
});

test("rows over the limit are not sent, and say why", async () => {
  const { end, calls, rowsLog } = await settle({ present: ["x", "y"], rows: ["a", "b"] });
  const reason = { error_message: "the ticket has no room for it: at most three associations" };
  expect([end, calls]).toEqual(["settled", []]);
  expect(rowsLog).toEqual([
    ["a", 0, reason, "limit_reached"],
    ["b", 0, reason, "limit_reached"],
  ]);
});

test("a rejected row is settled by the rejection; of several, each is sent alone", async () => {
  const one = await settle({ faultOf: failing("create", NOT_FOUND) });
  const failure = { http_status: 200, error_message: "no", error_code: "OSM.01010015" };
  expect([one.end, one.rowsLog]).toEqual(["settled", [["a", 1, failure, "not_found"]]]);
  const several = await settle({
    rows: ["a", "GONE", "c"],
    faultOf: (call) => (call.includes("GONE") ? { error: NOT_FOUND } : undefined),
  });
  expect(several.calls).toEqual(["create T a GONE c", "list T", "create T a", "create T GONE", "create T c"]);
  expect(several.outcomes).toEqual({ a: "created", GONE: "not_found", c: "created" });
  expect(several.waits).toEqual([]);
});

test("a write without a response is resolved by reading, and sent again only when it is sure to be absent", async () => {
  const done = await settle({ faultOf: failing("create", LOST, 1, true) });
  expect([done.end, done.calls, done.outcomes]).toEqual(["settled", ["create T a", "list T"], { a: "created" }]);
  const lost = await settle({ faultOf: failing("create", LOST, 1) });
  expect(lost.calls).toEqual(["create T a", "list T", "list T", "list T", "list T", "create T a"]);
  expect([lost.waits, lost.outcomes]).toEqual([[200, 1_000, 1_500, 2_500], { a: "created" }]);
});

test("a ticket that fails four times waits for another round", async () => {
  const { end, calls, waits, outcomes } = await settle({
    faultOf: failing("create", apiError({ errorClass: "transient" })),
  });
  expect([end, outcomes, waits]).toEqual(["retryable", {}, [200, 400, 800]]);
  expect(calls).toEqual(Array.from({ length: 4 }, () => "create T a"));
});

test("a write whose result cannot be read stays ambiguous", async () => {
  const { end, calls, waits } = await settle({ faultOf: unreadAfter(LOST) });
  expect([end, calls.length, waits]).toEqual(["ambiguous", 5, [200, 200, 400, 800]]);
});

test("a ticket that an earlier attempt may have written to is read first", async () => {
  const done = await settle({ isTouched: true, present: ["a"], snapshot: [] });
  expect([done.end, done.calls, done.outcomes]).toEqual(["settled", ["list T"], { a: "created" }]);
  const before = await settle({ isTouched: true, present: ["a"] });
  expect(before.outcomes).toEqual({ a: "already_associated" });
  const not = await settle({ isTouched: true });
  expect(not.calls).toEqual(["list T", "list T", "list T", "list T", "create T a"]);
  const unread = await settle({ isTouched: true, faultOf: failing("list", NOT_EXECUTED) });
  expect([unread.end, unread.calls.length]).toEqual(["ambiguous", 4]);
  const rejected = await settle({ isTouched: true, rows: ["a", "b"], faultOf: failing("list", FORBIDDEN) });
  expect([rejected.end, rejected.outcomes]).toEqual(["settled", { a: "forbidden", b: "forbidden" }]);
});

test("a turn that is over starts no ticket, and one that stops sends nothing more", async () => {
  const over = await settle({ context: { isOver: () => true } });
  expect([over.end, over.calls]).toEqual(["deferred", []]);
  const stopping = await settle({ context: { isStopping: () => true } });
  expect([stopping.end, stopping.calls]).toEqual(["retryable", []]);
  let isOver = false;
  const started = await settle({
    faultOf: (call, number) => {
      isOver = true;
      return failing("create", UNAVAILABLE, 1)(call, number);
    },
    context: { isOver: () => isOver },
  });
  expect([started.end, started.outcomes]).toEqual(["settled", { a: "created" }]);
  const stopped = await settle({ isTouched: true, context: { isStopped: () => true } });
  expect([stopped.end, stopped.calls]).toEqual(["ambiguous", []]);
});

test("a ticket whose write was not sent is deferred", async () => {
  const { end, rowsLog, waitReason } = await settle({ faultOf: failing("create", new UnsentError()) });
  expect([end, rowsLog, waitReason]).toEqual(["deferred", [], undefined]);
  const read = await settle({ isTouched: true, faultOf: failing("list", new UnsentError()) });
  expect([read.end, read.calls]).toEqual(["ambiguous", ["list T"]]);
});

test("a throttled write and rejected credentials let the batch wait", async () => {
  const { end, calls, waitReason, rowsLog } = await settle({ faultOf: failing("create", THROTTLED) });
  expect([end, calls, waitReason?.kind]).toEqual(["deferred", ["create T a"], "slow-down"]);
  expect(rowsLog).toEqual([["a", 1, expect.objectContaining({ http_status: 429 }), undefined]]);
  const read = await settle({ isTouched: true, faultOf: failing("list", THROTTLED) });
  expect([read.end, read.calls, read.waitReason?.kind]).toEqual(["ambiguous", ["list T"], "slow-down"]);
});

test("an undocumented code, try after try, settles the row of the ticket as failed", async () => {
  const { end, outcomes, calls } = await settle({ faultOf: failing("create", UNKNOWN_CODE) });
  expect([end, outcomes]).toEqual(["settled", { a: "failed" }]);
  expect(calls.filter((call) => call.startsWith("create"))).toHaveLength(4);
  expect(calls.filter((call) => call.startsWith("list"))).toHaveLength(4);
});

test("with an undocumented code each row is sent alone, and has its own tries", async () => {
  const { outcomes, calls } = await settle({
    rows: ["a", "b"],
    faultOf: (call) => (call.includes("create T a") ? { error: UNKNOWN_CODE } : undefined),
  });
  expect(outcomes).toEqual({ a: "failed", b: "created" });
  expect(calls.filter((call) => call === "create T a")).toHaveLength(4);
  const both = await settle({ rows: ["a", "b"], faultOf: failing("create", UNKNOWN_CODE) });
  expect(both.outcomes).toEqual({ a: "failed", b: "failed" });
  expect(both.calls.filter((call) => call === "create T b")).toHaveLength(4);
});

test("an association that exists in spite of an undocumented code is created", async () => {
  const { outcomes } = await settle({ faultOf: failing("create", UNKNOWN_CODE, 4, true) });
  expect(outcomes).toEqual({ a: "created" });
});

test("a code that every write got blocks the batch, and one of unknown scope lets the ticket wait", async () => {
  const batch = await settle({ scope: "batch", faultOf: failing("create", UNKNOWN_CODE) });
  expect([batch.end, batch.outcomes]).toEqual(["deferred", {}]);
  expect(batch.waitReason).toEqual({
    kind: "behaviour",
    reason: "every write so far got a response with an undocumented code (OSM.01019999: no)",
    rejection: "code OSM.01019999",
    code: "OSM.01019999",
    httpStatus: 200,
  });
  const unknown = await settle({ scope: "unknown", faultOf: failing("create", UNKNOWN_CODE) });
  expect([unknown.end, unknown.waitReason]).toEqual(["retryable", undefined]);
});

test("after an undocumented code a ticket that cannot be read waits", async () => {
  const { end, outcomes } = await settle({ faultOf: unreadAfter(UNKNOWN_CODE) });
  expect([end, outcomes]).toEqual(["retryable", {}]);
});

test("a failed call in an outage is not tried again, and the ticket is deferred", async () => {
  const turnStop = new TurnStop({ isDown: true, recordFailedCall: () => undefined });
  const { end, calls } = await settle({
    faultOf: failing("create", apiError({ errorClass: "transient", httpStatus: 503 })),
    context: { turnStop, isStopping: () => turnStop.waitReason !== undefined },
  });
  expect([end, calls.length, turnStop.waitReason?.httpStatus]).toEqual(["deferred", 1, 503]);
});

test("an undo removes one association in each call, and then restores", async () => {
  const { calls, outcomes } = await settle({
    kind: "undo",
    present: ["a", "b"],
    rows: ["a", "b", { related: "c", restore: true }, "z"],
  });
  expect(calls).toEqual(["delete T a", "delete T b", "create T c"]);
  expect(outcomes).toEqual({ a: "removed", b: "removed", c: "restored", z: "already_absent" });
});

test("a restore names what the ticket has, except one by one", async () => {
  const rows = [{ related: "c", restore: true as const }];
  const { calls, outcomes } = await settle({
    kind: "undo",
    present: ["x"],
    rows,
    faultOf: failing("create T x c", NOT_FOUND),
  });
  expect(calls).toEqual(["create T x c", "list T", "create T c"]);
  expect(outcomes).toEqual({ c: "restored" });
});

test("what earlier turns added and removed counts, whether reads show it or not", async () => {
  const { calls, outcomes } = await settle({
    present: ["gone", "x"],
    rows: ["b", "c"],
    work: { addedIds: ["a"], removedIds: ["gone"] },
  });
  expect([calls, outcomes]).toEqual([[], { b: "limit_reached", c: "limit_reached" }]);
});

test("the first write of its kind is read back before others follow", async () => {
  const canary = new Canary();
  const { calls, rowsLog } = await settle({ present: ["x"], context: { canary } });
  expect(calls).toEqual(["create T a", "list T"]);
  const facts = { http_status: 200, request_id: "request-1", elapsed_ms: 1.3 };
  expect(rowsLog).toEqual([
    ["a", 0, { ...facts, confirmed: true }, undefined],
    ["a", 1, facts, "created"],
  ]);
  expect((await settle({ present: ["x"], context: { canary } })).calls).toEqual(["create T a"]);
  expect((await settle({ context: { canary } })).calls).toEqual(["create T a", "list T"]);
});

/** An API that replaces instead of adding. */
class ReplacingApi extends ScriptedApi {
  override createAssociations: ScriptedApi["createAssociations"] = async ({ ticketId, relatedIds }) => {
    this.calls.push(`create ${ticketId}`);
    this.tickets.set(ticketId, new Set(relatedIds));
    return { httpStatus: 200, requestId: undefined, attempts: 1 };
  };
}

test("an API that replaces instead of adding blocks the batch, and what it displaced is stored", async () => {
  const canary = new Canary();
  const api = new ReplacingApi({ T: ["x", "y"] });
  const { end, waitReason, displaced, outcomes } = await settle({ present: ["x", "y"], context: { canary, api } });
  expect([end, waitReason?.kind, displaced]).toEqual(["settled", "behaviour", [["T", ["x", "y"]]]]);
  expect(waitReason?.reason).toContain(
    "had associations: 2 before a write of 1 that succeeded, 1 after it; 2 went away",
  );
  expect(outcomes).toEqual({ a: "created" });
  const later = await settle({ context: { canary } });
  expect([later.end, later.calls, later.waitReason?.kind]).toEqual(["deferred", [], "behaviour"]);
});

test("a canary's write that was not read back is judged when a later turn reads it", async () => {
  const canary = new Canary();
  const work = { confirmedIds: ["a", "b"] };
  const replaced = { snapshot: ["x", "y"], present: ["a"], rows: ["a", "b"], isTouched: true, work };
  const { end, waitReason, displaced, outcomes, calls } = await settle({ ...replaced, context: { canary } });
  expect([end, waitReason?.kind, displaced]).toEqual(["deferred", "behaviour", [["T", ["x", "y"]]]]);
  expect(waitReason?.reason).toContain(
    "had associations: 2 before a write of 2 that succeeded, 1 after it; 2 went away; 1 did not come",
  );
  expect([outcomes, [...new Set(calls)]]).toEqual([{ a: "created" }, ["list T"]]);
  expect((await settle({ context: { canary } })).waitReason?.kind).toBe("behaviour");

  const added = await settle({ ...replaced, present: ["x", "y", "a"] });
  expect([added.displaced, added.outcomes]).toEqual([[], { a: "created", b: "limit_reached" }]);
  const foreign = await settle({ ...replaced, present: [], snapshot: ["x"] });
  expect([foreign.displaced, foreign.outcomes]).toEqual([[], { a: "created", b: "created" }]);
  const shared = await settle({ ...replaced, isShared: true });
  expect([shared.displaced, shared.waitReason]).toEqual([[], undefined]);
});

test("a removal that does nothing blocks the batch", async () => {
  const canary = new Canary();
  const api = new ScriptedApi({ T: ["a"] });
  api.deleteAssociation = async () => ({ httpStatus: 200, requestId: undefined, attempts: 1 });
  const { end, waitReason, displaced } = await settle({ kind: "undo", present: ["a"], context: { canary, api } });
  expect([end, displaced]).toEqual(["deferred", []]);
  expect(waitReason?.reason).toContain("1 before a removal of 1 that succeeded, 1 after it; 1 did not go away");
});

test("a canary's write that cannot be read back counts, and another ticket becomes the canary", async () => {
  const canary = new Canary();
  const { end, outcomes } = await settle({ context: { canary }, faultOf: failing("list", NOT_EXECUTED) });
  expect([end, outcomes]).toEqual(["settled", { a: "created" }]);
  expect((await settle({ context: { canary } })).calls).toEqual(["create T a", "list T"]);
});

test("a canary's write that is stopped before it was read back stays ambiguous", async () => {
  let isStopped = false;
  const { end, outcomes, rowsLog } = await settle({
    isProven: false,
    faultOf: (call) => {
      isStopped = call.startsWith("create");
      return undefined;
    },
    context: { isStopped: () => isStopped },
  });
  expect([end, outcomes]).toEqual(["ambiguous", {}]);
  expect(rowsLog).toEqual([["a", 0, expect.objectContaining({ confirmed: true }), undefined]]);
});

test("a canary's write that fails proves nothing: another ticket becomes the canary", async () => {
  const canary = new Canary();
  await settle({ context: { canary }, faultOf: failing("create", NOT_FOUND) });
  expect((await settle({ context: { canary } })).calls).toEqual(["create T a", "list T"]);
});

test("a canary's write that shows late teaches how long reads lag", async () => {
  let reads = 0;
  const api = new ScriptedApi({ T: [] });
  const list = api.listAssociations;
  api.listAssociations = async (request) => {
    const shown = await list(request);
    return ++reads <= 5 ? { ...shown, associations: [] } : shown;
  };
  const { end, learned } = await settle({ isProven: false, context: { api } });
  expect([end, learned]).toEqual(["settled", [[7_600, "a write of a to T showed after 7600 ms"]]]);
});

test("a turn that stopped while the ticket waited for another's canary sends nothing", async () => {
  let isStopping = false;
  const canary = new Canary();
  const write = await canary.enter("without associations");
  const settled = settle({ context: { canary, isStopping: () => isStopping } });
  await Promise.resolve();
  isStopping = true;
  write?.confirm();
  expect(await settled).toMatchObject({ end: "retryable", calls: [] });
});

test("an error that is a bug is thrown, and the canary is free again", async () => {
  const canary = new Canary();
  const bug = new TypeError("a bug");
  await expect(settle({ context: { canary }, faultOf: failing("create", bug) })).rejects.toThrow(bug);
  expect((await settle({ context: { canary } })).end).toBe("settled");
});
