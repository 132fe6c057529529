// The catalogues must have a translation of each text that the command shows, and nothing else: `npx -y pnpm@12
// check:translations`. With a folder as argument, prints the texts of its modules that have none, as JSON to be filled in.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { catalogues, texts } from "../packages/cli/src/language/zh-CN/texts.ts";
import { root } from "./run-tool.ts";
import { findTexts, type Scope } from "./translations/find-texts.ts";
import { FURTHER_TEXTS } from "./translations/further-texts.ts";
import { COMMAND_LINES, NOT_SHOWN } from "./translations/not-shown.ts";
import { SHOWN } from "./translations/shown-files.ts";

interface Place {
  key: string;
  file: string;
  line: number;
}

/** The texts that are shown, by their keys. */
type Places = ReadonlyMap<string, Place>;
type Catalogue = Readonly<Record<string, string>>;

async function findAll(): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (const [scope, patterns] of Object.entries(SHOWN) as [Scope, readonly string[]][]) {
    for await (const name of glob([...patterns], { cwd: root })) {
      const file = name.replaceAll("\\", "/");
      if (file.endsWith(".test.ts") || NOT_SHOWN.files.some((pattern) => pattern.test(file))) continue;
      for (const { key, line } of findTexts(file, readFileSync(join(root, file), "utf8"), scope))
        if (!NOT_SHOWN.texts.has(key) && !COMMAND_LINES.has(key) && !places.has(key))
          places.set(key, { key, file, line });
    }
  }
  for (const [file, keys] of Object.entries(FURTHER_TEXTS))
    for (const key of keys) if (!places.has(key)) places.set(key, { key, file, line: 1 });
  return places;
}

/** The texts that a catalogue lacks. */
export const findMissing = (places: Places, catalogue: Catalogue): Place[] =>
  [...places.values()].filter(({ key }) => !Object.hasOwn(catalogue, key));

/** What is wrong with a catalogue: texts that it lacks, that no source has, or that lack a value. */
export function findCatalogueProblems(places: Places, catalogue: Catalogue): string[] {
  return [
    ...findMissing(places, catalogue).map(
      ({ key, file, line }) => `${file}:${line}: no translation of ${JSON.stringify(key)}`,
    ),
    ...Object.keys(catalogue)
      .filter((key) => !places.has(key))
      .map((key) => `zh-CN: no source has ${JSON.stringify(key)}`),
    ...Object.entries(catalogue)
      .filter(([key, text]) => text.trim() === "" || valuesOf(key) !== valuesOf(text))
      .map(([key]) => `zh-CN: the translation lacks a value of ${JSON.stringify(key)}, or has another one`),
  ];
}

/** The texts that several catalogues have: one of the translations would never be shown. */
export function findRepeated(several: Readonly<Record<string, Catalogue>>): string[] {
  const owners = new Map<string, string>();
  return Object.entries(several).flatMap(([name, catalogue]) =>
    Object.keys(catalogue).flatMap((key) => {
      const owner = owners.get(key);
      owners.set(key, owner ?? name);
      return owner === undefined ? [] : [`zh-CN/${name}.json: ${owner}.json also has ${JSON.stringify(key)}`];
    }),
  );
}

/** The values of a text, in any order. */
const valuesOf = (text: string): string => (text.match(/\{\{\d+\}\}/g) ?? []).toSorted().join(" ");

if (import.meta.main) {
  const places = await findAll();
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    const problems = [...findCatalogueProblems(places, texts), ...findRepeated(catalogues)];
    for (const problem of problems) console.log(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
  } else {
    const open = findMissing(places, texts).filter(({ file }) => file.startsWith(folder));
    console.log(JSON.stringify(Object.fromEntries(open.map(({ key }) => [key, ""])), undefined, 2));
  }
}
