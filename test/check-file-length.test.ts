import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findLongFiles } from "../scripts/check-file-length.ts";

test("a file of any language with more than 400 lines is found, generated files and dependencies are not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "caselink-length-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const files = { "a.ts": 400, "b.ts": 401, "page/c.css": 402, "generated/d.ts": 900, "node_modules/e/f.js": 900 };
  for (const [name, lines] of Object.entries(files)) {
    const path = join(folder, "packages/some/src", name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, "\n".repeat(lines));
  }
  expect(await findLongFiles(folder)).toEqual([
    "packages/some/src/b.ts: 401 lines",
    "packages/some/src/page/c.css: 402 lines",
  ]);
});
