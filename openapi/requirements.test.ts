import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { requirements } from "./requirements.ts";

const root = path.resolve(import.meta.dirname, "..");

/** The ids in brackets that end a quoted title. */
function citations(text: string): string[] {
  return [...text.matchAll(/\[(create\.[a-z0-9-]+)\](?=(?: \[create\.[a-z0-9-]+\])*["'`])/g)].map(
    (match) => match[1] ?? "",
  );
}

async function testFiles(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts") && !entry.parentPath.includes("node_modules"))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

async function cited(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of ["packages", "apps", "openapi", "test"])
    for (const file of await testFiles(folder))
      for (const id of citations(await readFile(file, "utf8"))) found.set(id, path.relative(root, file));
  return found;
}

test("every requirement of the document is cited by a test", async () => {
  const found = await cited();
  expect(requirements.filter(({ id }) => !found.has(id)).map(({ id }) => id)).toEqual([]);
});

test("every citation names a requirement", async () => {
  const known = new Set(requirements.map(({ id }) => id));
  const unknown = [...(await cited())].filter(([id]) => !known.has(id)).map(([id, file]) => `${file}: ${id}`);
  expect(unknown).toEqual([]);
});

test("requirement ids are unique", () => {
  expect(new Set(requirements.map(({ id }) => id)).size).toBe(requirements.length);
});

test("a citation is the id in brackets at the end of a title", () => {
  const id = "create.something";
  expect(citations(`test("does it [${id}]", () => {})`)).toEqual([id]);
  expect(citations(`test("does both [${id}] [${id}-else]", () => {})`)).toEqual([id, `${id}-else`]);
  expect(citations(`test("mentions ${id}", () => {})`)).toEqual([]);
  expect(citations(`test("[${id}] comes first", () => {})`)).toEqual([]);
});
