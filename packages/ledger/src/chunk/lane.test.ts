import { tmpdir } from "node:os";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase } from "../database.ts";
import { laneOf, LANES, laneSql } from "./lane.ts";

test("the lane of a ticket never changes between versions", () => {
  expect(["SR20260114", "OK1", "日本", ""].map(laneOf)).toEqual(["b", "b", "4", "d"]);
});

test("DuckDB and TypeScript put a ticket into the same lane", async () => {
  const database = await openDatabase(tmpdir());
  try {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 64 }), async (ticket) => {
        const [row] = await database.all(`SELECT ${laneSql("$ticket::VARCHAR")} AS lane`, { ticket });
        expect(row?.lane).toBe(laneOf(ticket));
        expect(LANES).toContain(laneOf(ticket));
      }),
    );
  } finally {
    database.close();
  }
});
