// No file that people write has more than 400 lines: lint holds this for TypeScript only.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./run-tool.ts";

const MAX_LINES = 400;
const SOURCES = "{apps,bench,examples,openapi,packages,scripts,spec,test}/**/*.{css,cjs,js,mjs,py,sh,ts,tsx}";
const IGNORED = /(?:^|[/\\])(?:dist|generated|node_modules)(?:[/\\]|$)/;

/** The files with too many lines, each as `file: N lines`. */
export async function findLongFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob(SOURCES, { cwd: folder, exclude: (name) => IGNORED.test(name) })) {
    const lines = readFileSync(join(folder, path), "utf8").split("\n").length - 1;
    if (lines > MAX_LINES) found.push(`${path.replaceAll("\\", "/")}: ${lines} lines`);
  }
  return found.sort();
}

if (import.meta.main) {
  const found = await findLongFiles(root);
  for (const file of found) console.log(file);
  process.exitCode = found.length > 0 ? 1 : 0;
}
