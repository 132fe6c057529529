// Retired words and names must not come back: docs/glossary.md in a form that fails.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { RETIRED_NAMES, RETIRED_PROSE, type RetiredWord } from "./retired-words.ts";
import { root } from "./run-tool.ts";

const PROSE_AND_CODE = [
  "*.md",
  ".changeset/*.md",
  ".ci/run",
  "{docs,openapi,examples,scripts,spec,bench,test}/**/*.{md,ts,mjs}",
  "{packages,apps}/*/*.{md,ts}",
  "{packages,apps}/*/{src,test}/**/*.{ts,mjs,css}",
];

/** Files that name retired words on purpose, generated files, and the licence's text. */
const EXEMPT = [
  /(?:^|\/)(?:generated|node_modules|dist)\//,
  /^scripts\/retired-words\.ts$/,
  /^test\/check-words\.test\.ts$/,
  /^CONTRIBUTING\.md$/,
];

/** Every retired word in a file, each as `file:line: "word"; use replacement instead`. */
export function findRetiredWords(path: string, text: string): string[] {
  const isCode = /\.(?:ts|mjs)$/.test(path);
  const retired: readonly RetiredWord[] = isCode ? [...RETIRED_PROSE, ...RETIRED_NAMES] : RETIRED_PROSE;
  const found: { at: number; problem: string }[] = [];
  for (const { pattern, replacement } of retired) {
    for (const { 0: word, index } of text.matchAll(pattern)) {
      const line = text.slice(0, index).split("\n").length;
      found.push({ at: index, problem: `${path}:${line}: "${word}" is retired; use instead: ${replacement}` });
    }
  }
  return found.toSorted((a, b) => a.at - b.at).map(({ problem }) => problem);
}

if (import.meta.main) {
  const problems: string[] = [];
  for await (const file of glob(PROSE_AND_CODE, { cwd: root })) {
    const path = file.replaceAll("\\", "/");
    if (EXEMPT.some((exempt) => exempt.test(path))) continue;
    problems.push(...findRetiredWords(path, readFileSync(join(root, file), "utf8")));
  }
  for (const problem of problems.toSorted()) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
