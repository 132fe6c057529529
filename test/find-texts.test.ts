import { expect, test } from "vitest";
import { findTexts } from "../scripts/translations/find-texts.ts";

const keysOf = (source: string): string[] => findTexts("a.ts", source, "all").map(({ key }) => key);
const messagesOf = (source: string): string[] => findTexts("a.ts", source, "messages").map(({ key }) => key);

test("a text is found with its line, and once", () => {
  expect(findTexts("a.ts", 'const a = 1;\nprint("nothing was sent");\nprint("nothing was sent");', "all")).toEqual([
    { key: "nothing was sent", line: 2 },
  ]);
});

test("the values of a template are numbered", () => {
  expect(keysOf("print(`Batch ${record.id} has ${count(rows)} rows.`)")).toEqual(["Batch {{0}} has {{1}} rows."]);
  expect(keysOf("const line = t`${a}: ${b}`;")).toEqual(["{{0}}: {{1}}"]);
  expect(keysOf("const message = english`${url} responds (${status})`;")).toEqual(["{{0}} responds ({{1}})"]);
  expect(keysOf("t`first\\n  second`")).toEqual(["first\n  second"]);
});

test("what is translated or counted is found, however short, in each branch", () => {
  expect(keysOf('translated("State")')).toEqual(["State"]);
  expect(keysOf('counted(rows, "row"); counted(rows, isUndo ? "association" : "ticket")')).toEqual([
    "{{0}} rows",
    "{{0}} associations",
    "{{0}} tickets",
  ]);
  expect(keysOf("translated(text); counted(rows, noun)")).toEqual([]);
});

test("a title with a colon is found", () => {
  expect(keysOf('options.group("Input:"); const a = { title: "Batches (CASELINK_LEDGER):" }')).toEqual([
    "Input:",
    "Batches (CASELINK_LEDGER):",
  ]);
});

test.for([
  '"created"',
  '"needs-fix"',
  '"--give-up-after <duration>"',
  '"/state/temporal.db"',
  '"SELECT rows FROM results"',
  '"application/json; charset=utf-8"',
  "`${home}/${name}.csv`",
])("what is no text is not found: %s", (source) => {
  expect(keysOf(source)).toEqual([]);
});

test("in a module without a screen, only messages are found", () => {
  const source = `
    throw new LedgerError("bad-id", \`\${id} is not an id.\`);
    class A extends Error { constructor() { super("the file is damaged"); } }
    const result = { reason: "the token has expired", name: "a name of words", advice: fix ?? "sign in again" };
    log("a chunk has begun");
  `;
  expect(messagesOf(source)).toEqual([
    "{{0}} is not an id.",
    "the file is damaged",
    "the token has expired",
    "sign in again",
  ]);
});
