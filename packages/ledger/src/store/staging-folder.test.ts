import { access, mkdir, mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createStagingFolderIn } from "./staging-folder.ts";

test("a staging folder of another process is removed after a day, by the disk's time and not by this machine's clock", async () => {
  const parent = await mkdtemp(join(tmpdir(), "caselink-stages-"));
  onTestFinished(() => rm(parent, { recursive: true }));
  const [inUse, forgotten] = [join(parent, "a".repeat(16)), join(parent, "b".repeat(16))];
  await mkdir(inUse);
  await mkdir(forgotten);
  const old = new Date(Date.now() - 25 * 3_600_000);
  await utimes(forgotten, old, old);
  const readNow = Date.now;
  Date.now = () => readNow() + 3 * 24 * 3_600_000;
  onTestFinished(() => {
    Date.now = readNow;
  });
  await (await createStagingFolderIn(parent, "")).remove();
  await access(inUse);
  await expect(access(forgotten)).rejects.toThrow(/ENOENT/);
});
