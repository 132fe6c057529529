import { expect, test } from "vitest";
import { findMissingLines, readGuide } from "./guides/read-guide.ts";

const fence = "```";

test("a guide's steps are read in order, with their lines and what their markers say", () => {
  const page = `# A guide
<!-- file: in.csv -->
${fence}csv
a,b
${fence}
<!-- second terminal: ready -->
${fence}sh
serve
${fence}
${fence}sh
# only a comment
one
two \\
  more    # exit status 3: some failed
${fence}
${fence}text
it worked

${fence}
<!-- not run: no account -->
${fence}sh
sign-in
${fence}
${fence}json
{}
${fence}`;
  expect(readGuide(`${page}\n`)).toEqual([
    { kind: "file", line: 4, name: "in.csv", content: "a,b\n" },
    { kind: "background", line: 8, text: "serve", ready: "ready" },
    {
      kind: "run",
      line: 11,
      commands: [
        { line: 12, text: "one", status: 0 },
        { line: 14, text: "two \\\n  more    # exit status 3: some failed", status: 3 },
      ],
    },
    { kind: "output", line: 17, lines: ["it worked"] },
    { kind: "not-run", line: 22, text: "sign-in", reason: "no account" },
  ]);
});

test("a marker that is not known is an error", () => {
  expect(() => readGuide(`<!-- skip: later -->\n${fence}sh\na\n${fence}\n`)).toThrow('the marker "skip: later"');
});

test("lines that are not in the output, or not in this order, are missing", () => {
  const output = "Finished in 3.2 s.\n\n  created     4\n  duplicate   1\nat 2026-11-24 10:00 by x\n";
  expect(findMissingLines(["Finished in 1 min 2 s.", "created 4", "at 2030-01-01 00:00 by …"], output)).toEqual([]);
  expect(findMissingLines(["duplicate 1", "created 4"], output)).toEqual(["created 4"]);
  expect(findMissingLines(["  created     5"], output)).toEqual(["  created     5"]);
});
