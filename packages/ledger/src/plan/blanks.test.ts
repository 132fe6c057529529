import { tmpdir } from "node:os";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openDatabase } from "../database.ts";
import { BLANKS, splitRelated, splitRelatedSql, trimSql } from "./blanks.ts";

test("blanks are exactly what trim drops", () => {
  const trimmed: string[] = [];
  for (let code = 0; code <= 0xffff; code++) {
    if (String.fromCharCode(code).trim() === "") trimmed.push(String.fromCharCode(code));
  }
  expect(Array.from(BLANKS).sort()).toEqual(trimmed.sort());
});

test("related ids are split at blanks, commas, semicolons and bars, and an empty cell stays one id", () => {
  expect(splitRelated("a b,c;d|e , f")).toEqual(["a", "b", "c", "d", "e", "f"]);
  expect(splitRelated(" ;| ")).toEqual([""]);
});

test("DuckDB trims and splits as TypeScript does", async () => {
  const database = await openDatabase(tmpdir());
  const text = fc.string({
    unit: fc.constantFrom(...Array.from(BLANKS), ",", ";", "|", "a", "ä", "日", "^", "]"),
    maxLength: 9,
  });
  try {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const [row] = await database.all(
          `SELECT ${trimSql("v")} AS trimmed, to_json(${splitRelatedSql("v")})::VARCHAR AS ids FROM (SELECT $value::VARCHAR AS v)`,
          { value },
        );
        expect(row?.trimmed).toBe(value.trim());
        expect(JSON.parse(String(row?.ids))).toEqual(splitRelated(value));
      }),
    );
  } finally {
    database.close();
  }
});
