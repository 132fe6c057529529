// The catalogues must have a translation of each text that the command shows, and nothing else: `npx -y pnpm@12
// check:translations`. With a folder as argument, prints the texts of its modules that have none, as JSON to be filled in.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { texts } from "../packages/cli/src/language/zh-CN/texts.ts";
import { root } from "./run-tool.ts";
import { findTexts, type Scope } from "./translations/find-texts.ts";
import { LISTED, NOT_SHOWN, OF_COMMANDER, SHOWN } from "./translations/shown-files.ts";

interface Place {
  key: string;
  file: string;
  line: number;
}

async function findAll(): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (const [scope, patterns] of Object.entries(SHOWN) as [Scope, readonly string[]][]) {
    for await (const name of glob([...patterns], { cwd: root })) {
      const file = name.replaceAll("\\", "/");
      if (file.endsWith(".test.ts") || NOT_SHOWN.files.some((pattern) => pattern.test(file))) continue;
      for (const { key, line } of findTexts(file, readFileSync(join(root, file), "utf8"), scope))
        if (!NOT_SHOWN.texts.has(key) && !places.has(key)) places.set(key, { key, file, line });
    }
  }
  for (const [file, keys] of Object.entries(LISTED))
    for (const key of keys) if (!places.has(key)) places.set(key, { key, file, line: 1 });
  for (const key of OF_COMMANDER) places.set(key, { key, file: "commander", line: 1 });
  return places;
}

/** The values of a text, in any order. */
const valuesOf = (text: string): string => (text.match(/\{\{\d+\}\}/g) ?? []).toSorted().join(" ");

if (import.meta.main) {
  const places = await findAll();
  const [folder] = process.argv.slice(2);
  const missing = [...places.values()].filter(({ key }) => !Object.hasOwn(texts, key));
  if (folder !== undefined) {
    const open = missing.filter(({ file }) => file.startsWith(folder)).map(({ key }) => [key, ""]);
    console.log(JSON.stringify(Object.fromEntries(open), undefined, 2));
  } else {
    const problems = [
      ...missing.map(({ key, file, line }) => `${file}:${line}: no translation of ${JSON.stringify(key)}`),
      ...Object.keys(texts)
        .filter((key) => !places.has(key))
        .map((key) => `zh-CN: no source has ${JSON.stringify(key)}`),
      ...Object.entries(texts)
        .filter(([key, text]) => text.trim() === "" || valuesOf(key) !== valuesOf(text))
        .map(([key]) => `zh-CN: the translation lacks a value of ${JSON.stringify(key)}, or has another one`),
    ];
    for (const problem of problems) console.log(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
  }
}
