import { expect, test } from "vitest";
import { FORBIDDEN, LOST, NOT_EXECUTED } from "../../test/support/scripted-api.ts";
import { failing, settle, unreadAfter } from "../../test/support/settle.ts";

test("on a symmetric API a full related ticket has no room for the row", async () => {
  const { calls, rowsLog, end } = await settle({
    isShared: true,
    rows: ["R", "S"],
    others: { R: ["1", "2", "3"], S: ["1", "2"] },
  });
  expect(end).toBe("settled");
  expect(calls).toEqual(["list T", "list R", "list S", "create T S"]);
  expect(rowsLog[0]).toEqual([
    "R",
    0,
    { error_message: "the related ticket R has no room for it: at most three associations" },
    "limit_reached",
  ]);
});

test("on a symmetric API a full related ticket that has the ticket already is no obstacle", async () => {
  const { outcomes } = await settle({ isShared: true, rows: ["R"], others: { R: ["1", "2", "T"] } });
  expect(outcomes).toEqual({ R: "created" });
});

test("on a symmetric API a related ticket that cannot be read lets the row wait; if it is rejected, the API decides", async () => {
  const unread = await settle({ isShared: true, rows: ["R"], faultOf: failing("list R", NOT_EXECUTED) });
  expect([unread.end, unread.calls]).toEqual(["retryable", ["list T", "list R"]]);
  const rejected = await settle({ isShared: true, rows: ["R"], faultOf: failing("list R", FORBIDDEN) });
  expect(rejected.outcomes).toEqual({ R: "created" });
});

test("on a symmetric API a mirrored row is a duplicate, and writes count on both tickets", async () => {
  const { outcomes, rowsLog, shared } = await settle({ isShared: true, rows: [{ related: "M", mirror_of: 7 }, "R"] });
  expect(outcomes).toEqual({ M: "duplicate", R: "created" });
  const reason = { error_message: "row 7 asks for the same association from the other side" };
  expect(rowsLog[0]).toEqual(["M", 0, reason, "duplicate"]);
  expect([[...shared.correct("R", new Set())], [...shared.correct("M", new Set())]]).toEqual([["T"], []]);
  const undone = await settle({ isShared: true, kind: "undo", present: ["R"], rows: ["R"] });
  expect([...undone.shared.correct("R", new Set(["T"]))]).toEqual([]);
});

test("on a symmetric API a row waits while a write of another ticket may have filled one of its tickets", async () => {
  const faultOf = unreadAfter(LOST);
  let reads = 0;
  const { end, shared } = await settle({
    isShared: true,
    rows: ["R"],
    faultOf: (call) => (reads++ < 2 ? undefined : faultOf(call)),
  });
  expect(end).toBe("ambiguous");
  const context = { sharedTickets: shared };
  const others = { R: [], X: [] };
  const waiting = await settle({ work: { ticket: "X" }, isShared: true, rows: ["R"], others, context });
  expect([waiting.end, waiting.calls]).toEqual(["retryable", ["list X"]]);
  const same = await settle({ isShared: true, rows: ["R"], others, context });
  expect(same.outcomes).toEqual({ R: "created" });
  const next = await settle({ work: { ticket: "X" }, isShared: true, rows: ["R"], others, context });
  expect(next.outcomes).toEqual({ R: "created" });
});
