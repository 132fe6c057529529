import { expect, test } from "vitest";
import { findRetiredWords } from "../scripts/check-words.ts";

test("a retired word in a document is reported with its line and its replacement", () => {
  expect(findRetiredWords("README.md", "# Title\n\nMend the row.\n")).toEqual([
    'README.md:3: "Mend" is retired; use instead: fix',
  ]);
});

test("a retired identifier in code is reported", () => {
  expect(findRetiredWords("packages/workflows/src/chunk/a.ts", "const hold = new LaneHold();\n")).toEqual([
    expect.stringContaining('"LaneHold" is retired; use instead: LaneLease'),
  ]);
});

test("a retired word in a message of the command is reported", () => {
  expect(findRetiredWords("packages/cli/src/a.ts", "print(`it tells you why`);")).toHaveLength(1);
});

test("longer words and identifiers that contain a retired one are not reported", () => {
  expect(findRetiredWords("a.ts", "// recommend amendment, retelling\nconst LaneHolder = judgement;")).toEqual([]);
});
