import { expect, test } from "vitest";
import { readSection, readSectionLike, replaceSection } from "../scripts/reliability-section.ts";

const DOCUMENT = "# Title\n\nIntro\n\n## One\n\nfirst\n\n## Two\n\nsecond\n";

test("a section of a document is replaced, and the others stay", () => {
  expect(replaceSection(DOCUMENT, "One", "new\n")).toBe("# Title\n\nIntro\n\n## One\n\nnew\n\n## Two\n\nsecond\n");
  expect(replaceSection(DOCUMENT, "Two", "new")).toBe("# Title\n\nIntro\n\n## One\n\nfirst\n\n## Two\n\nnew\n");
});

test("a section that is not there is added at the end", () => {
  expect(replaceSection(DOCUMENT, "Three", "third")).toBe(`${DOCUMENT}\n## Three\n\nthird\n`);
});

test("a section is read with its heading, and is empty if it is not there", () => {
  expect(readSection(DOCUMENT, "Two")).toBe("## Two\n\nsecond\n");
  expect([readSection(DOCUMENT, "Thr"), readSection(DOCUMENT, "T")]).toEqual(["", ""]);
});

test("a section is read by a pattern of its heading", () => {
  expect(readSectionLike("# Title\n\n## 24 runs\n\nfirst\n\n## 7 runs\n", /^## \d+ runs\n/)).toBe(
    "## 24 runs\n\nfirst\n\n",
  );
  expect(readSectionLike(DOCUMENT, /^## \d+/)).toBe("");
});
