import type { ChunkRow } from "@caselink/ledger";
import { expect, test } from "vitest";
import { operationOf, type AssociationsApi } from "./operation.ts";

const rowsOf = (...related: string[]): ChunkRow[] => related.map((id, at) => ({ row: at + 1, related: id }));
const restoring = (...related: string[]): ChunkRow[] => rowsOf(...related).map((row) => ({ ...row, restore: true }));
const [plain, back] = [rowsOf("a")[0] as ChunkRow, restoring("a")[0] as ChunkRow];
const [refuse, fill, undo] = [
  operationOf("create", "refuse"),
  operationOf("create", "fill"),
  operationOf("undo", "refuse"),
];

/** An API that remembers what it was called with. */
function recordingApi(): { api: AssociationsApi; calls: unknown[] } {
  const calls: unknown[] = [];
  const facts = { httpStatus: 200, requestId: undefined, attempts: 1 };
  return {
    calls,
    api: {
      listAssociations: async () => ({ ...facts, associations: [] }),
      createAssociations: async (request) => (calls.push(["create", request]), facts),
      deleteAssociation: async (request) => (calls.push(["delete", request]), facts),
    },
  };
}

test.for([
  ["fit", refuse, 0, 3, false, 3, 0],
  ["do not all fit", refuse, 1, 3, false, 0, 3],
  ["do not all fit, to be filled", fill, 1, 3, false, 2, 0],
  ["do not fit, to be filled", fill, 3, 2, false, 0, 2],
  ["do not fit, on a ticket that has too many", fill, 4, 1, false, 0, 1],
  ["fit, one by one", refuse, 0, 3, true, 1, 0],
  ["are none, on a full ticket", refuse, 3, 0, false, 0, 0],
] as const)("rows that %s are sent or over the limit", ([, operation, present, missing, isIsolating, sent, over]) => {
  const rows = rowsOf("a", "b", "c").slice(0, missing);
  const current = new Set(["w", "x", "y", "z"].slice(0, present));
  expect(operation.select(rows, current, isIsolating)).toEqual({
    toSend: rows.slice(0, sent),
    overLimit: over === 0 ? [] : rows,
  });
});

test("an undo removes one association in each call, then restores what fits", () => {
  const [removal, ...rest] = [...rowsOf("a"), ...restoring("b", "c")];
  const current = new Set(["x", "y"]);
  expect(undo.select([...rest, removal as ChunkRow], current, false)).toEqual({ toSend: [removal], overLimit: [] });
  expect(undo.select(rest, current, false)).toEqual({ toSend: rest.slice(0, 1), overLimit: [] });
});

test("a row has reached its goal when the association is there, or is gone", () => {
  const outcomes = (operation: typeof undo, row: ChunkRow) => [
    operation.reached(row, true, true),
    operation.reached(row, true, false),
    operation.reached(row, false, true),
    operation.reached(row, false, false),
  ];
  expect(outcomes(refuse, plain)).toEqual(["already_associated", "created", undefined, undefined]);
  expect(outcomes(undo, plain)).toEqual([undefined, undefined, "removed", "already_absent"]);
  expect(outcomes(undo, back)).toEqual(["already_associated", "restored", undefined, undefined]);
  expect([refuse.done(plain), undo.done(plain), undo.done(back)]).toEqual(["created", "removed", "restored"]);
  expect([refuse.adds(plain), undo.adds(plain), undo.adds(back)]).toEqual([true, false, true]);
});

test("a create names its rows; a restore names again what the ticket has", async () => {
  const { api, calls } = recordingApi();
  const current = new Set(["x", "a"]);
  await refuse.send(api, "T", "g", rowsOf("a", "b"), current);
  await refuse.send(api, "T", "", rowsOf("a"), current);
  await undo.send(api, "T", "g", rowsOf("a"), current);
  await undo.send(api, "T", "", restoring("a", "b"), current);
  expect(calls).toEqual([
    ["create", { ticketId: "T", relatedIds: ["a", "b"], groupId: "g" }],
    ["create", { ticketId: "T", relatedIds: ["a"] }],
    ["delete", { ticketId: "T", relatedId: "a", groupId: "g" }],
    ["create", { ticketId: "T", relatedIds: ["x", "a", "b"] }],
  ]);
  expect([refuse.named(rowsOf("a"), current), undo.named(rowsOf("a"), current), undo.named([], current)]).toEqual([
    ["a"],
    ["a"],
    [],
  ]);
  await expect(undo.send(api, "T", "g", [], current)).rejects.toThrow("nothing to remove");
});

test("a ticket has what was added, and not what was removed", () => {
  const current = new Set(["x", "a"]);
  expect([...refuse.expected(current, rowsOf("b"))]).toEqual(["x", "a", "b"]);
  expect([...undo.expected(current, [...rowsOf("a"), ...restoring("c")])]).toEqual(["x", "c"]);
  expect([...current]).toEqual(["x", "a"]);
});
