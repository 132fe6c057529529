import { readFile } from "node:fs/promises";
import { formatCsvLine } from "@caselink/common";
import { expect, test } from "vitest";
import { TEST_FORMS } from "./input-files.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

/** Names that every JavaScript object inherits. */
const NAMES = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"];
const HEADER = ["case_id", "related_id", "group_id", ...NAMES];
const VALUES = NAMES.map((_, index) => `v${index}`);
const WITHOUT = "case_id,related_id,group_id\nB,R,g\n,R,g\n";
const NO_OBJECT = { constructor: null, toString: null, hasOwnProperty: null, valueOf: null };

test.each(TEST_FORMS)(
  "$name: columns with names that objects inherit are in reports and rejects, and empty in rows of an input without them",
  async ({ name, write }) => {
    await using temporary = await createTemporaryLedger();
    const { ledger, path } = temporary;
    const rows = [
      ["A", "R", "g", ...VALUES],
      ["", "R", "g", ...VALUES],
    ];
    const content = await write({ header: HEADER, rows }, temporary);
    const planned = await temporary.plan({ [name]: content, "without.csv": WITHOUT });
    expect(planned.record.columns).toEqual(NAMES);
    expect(planned.record.counts).toMatchObject({ rows: 4, to_send: 2, invalid: 2 });
    await planned.writeRejects(path("rejects.jsonl"));
    const [rejected = "", other = ""] = (await readFile(path("rejects.jsonl"), "utf8")).split("\n");
    const own = Object.entries(JSON.parse(rejected)).filter(([key]) => NAMES.includes(key));
    expect(new Map(own)).toEqual(new Map(NAMES.map((key, index) => [key, VALUES[index]])));
    expect(Object.keys(JSON.parse(other))).toEqual(["case_id", "related_id", "group_id", "reason"]);
    const { id } = await planned.commit();
    await ledger.report(id, { format: "csv", out: path("report.csv") });
    const lines = (await readFile(path("report.csv"), "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => line.split(",").slice(11).join(","))).toEqual([
      formatCsvLine(NAMES),
      formatCsvLine(VALUES),
      formatCsvLine(VALUES),
      ",,,,",
      ",,,,",
    ]);
    await ledger.report(id, { format: "jsonl", out: path("report.jsonl") });
    const objects = (await readFile(path("report.jsonl"), "utf8")).trimEnd().split("\n");
    expect(objects[0]).toContain('"__proto__":"v1"');
    expect(objects[2]).toContain('"__proto__":null');
    expect(JSON.parse(objects[2] ?? "")).toMatchObject(NO_OBJECT);
    await ledger.report(id, { format: "html", out: path("report.html") });
    const page = await readFile(path("report.html"), "utf8");
    expect(page.includes('"v0","v1","v2","v3","v4"]') && page.includes("null,null,null,null,null]]")).toBe(true);
    const alone = await temporary.plan({ [name]: content });
    await alone.writeRejects(path("alone"));
    expect(await readFile(path("alone"), "utf8")).toContain("v4");
  },
);
