import { expect, test } from "vitest";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const WARNED = ["TT1;TT2", "TT1,TT2", "TT1 | TT2", "TT1 TT2", "TT1、TT2"];
const PLAIN = ["TT1", "SR 114", "a;b", "TT-1", "TT1;", "r/1,2"];

function table(ids: readonly string[], header = "case_id\trelated_id\tgroup_id"): string {
  return `${header}\n${ids.map((id, index) => `T${index}\t${id}\tg\n`).join("")}`;
}

test("several ids in a cell for one id are a warning with the first line, and are sent unchanged", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({
    "plain.tsv": table(PLAIN),
    "odd.tsv": table(["TT1", ...WARNED], "Ticket ID\tLinked case ID\tgroup_id"),
    "list.tsv": table(["A1;A2", "A1"], "case_id\trelated_ids\tgroup_id"),
  });
  expect(planned.errors).toEqual([]);
  expect(planned.warnings).toEqual([
    {
      severity: "warning",
      file: temporary.path("odd.tsv"),
      line: 3,
      column: "Linked case ID",
      value: "",
      reason: `${WARNED.length} cells look like several ids, but each is treated as one`,
      advice: "if they are several, name the column related_ids",
    },
  ]);
});

test("an input that is read as GB18030 only by its look is a warning, and one in UTF-8 or with a mark is not", async () => {
  await using temporary = await createTemporaryLedger();
  // "工单" twice, in GB18030.
  const encoded = Buffer.concat([
    Buffer.from("case_id,related_id,group_id,note\nT,r1,g,"),
    Buffer.from("b9a4b5a5b9a4b5a5", "hex"),
    Buffer.from("\n"),
  ]);
  const text = "case_id,related_id,group_id,note\nU,r1,g,工单\n";
  const planned = await temporary.plan({
    "gb.csv": encoded,
    "utf-8.csv": text,
    "utf-16.csv": Buffer.from(`\ufeff${text}`, "utf16le"),
  });
  expect(planned.warnings.map(({ file, reason }) => [file, reason])).toEqual([
    [temporary.path("gb.csv"), "is not UTF-8 and was read as GB18030"],
  ]);
});
