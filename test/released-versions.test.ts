import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPublishedPackages } from "../scripts/published-packages.ts";
import { requireEarlierVersions } from "../scripts/released-versions.ts";
import { root } from "../scripts/run-tool.ts";

const published = await findPublishedPackages();
const HISTORIES = "packages/workflows/test/histories/0.1.0";
const TARBALLS = "test/upgrade/releases/0.1.0";

let checkout: string;
/** A checkout in which 0.2.0 is about to be released. */
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), "caselink-released-"));
  await mkdir(join(checkout, HISTORIES), { recursive: true });
  await mkdir(join(checkout, TARBALLS), { recursive: true });
  await writeFile(
    join(checkout, "packages/workflows/CHANGELOG.md"),
    "# @caselink/workflows\n\n## 0.2.0\n\n### Minor Changes\n\n- Something.\n\n## 0.1.0\n\n- The first.\n",
  );
  for (const folder of [HISTORIES, TARBALLS])
    for (const name of await readdir(join(root, folder)))
      await cp(join(root, folder, name), join(checkout, folder, name));
});
afterEach(() => rm(checkout, { recursive: true, force: true }));

test("a release needs the packages and the histories of the version before", async () => {
  requireEarlierVersions(checkout, "0.2.0", published);
  for (const name of await readdir(join(checkout, HISTORIES)))
    if (name.startsWith("paused.lane-")) await rm(join(checkout, HISTORIES, name));
  await rm(join(checkout, TARBALLS, "caselink-worker-0.1.0.tgz"));
  expect(() => requireEarlierVersions(checkout, "0.2.0", published)).toThrow(
    new Error(
      `The tests lack what was released. See "Releases" in CONTRIBUTING.md:\n  ${TARBALLS} lacks @caselink/worker\n  ${HISTORIES} lacks paused`,
    ),
  );
  await rm(join(checkout, HISTORIES), { recursive: true });
  expect(() => requireEarlierVersions(checkout, "0.2.0", published)).toThrow(/lacks blocked, cancelled, .*, undo$/);
});

test("the first release needs nothing of itself", async () => {
  await rm(join(checkout, HISTORIES), { recursive: true });
  await rm(join(checkout, TARBALLS), { recursive: true });
  await writeFile(
    join(checkout, "packages/workflows/CHANGELOG.md"),
    "# @caselink/workflows\n\n## 0.1.0\n\n- The first.\n",
  );
  expect(() => requireEarlierVersions(checkout, "0.1.0", published)).not.toThrow();
});
