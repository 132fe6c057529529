import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csv, rowsOf } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";

const hook = new URL("./note-loaded.mjs", import.meta.url).href;

test("a worker that runs a whole batch loads no database, parsers or object storage client, and has a bounded heap", async () => {
  await using stage = await openCluster();
  const list = join(stage.folder, "loaded.txt");
  const worker = await stage.startWorkerProcess({ NODE_OPTIONS: `--import=${hook}`, CASELINK_TEST_LOADED: list });
  const run = await stage.run(["run", await stage.write("in.csv", csv(...rowsOf(30, 2))), "--batch", "weight"]);
  expect(run.status).toBe(0);
  worker.child.kill("SIGTERM");
  expect((await worker.ended).status).toBe(0);
  const loaded = (await readFile(list, "utf8")).split("\n");
  expect(loaded.filter((name) => /duckdb|csv-parse|aws-sdk|smithy/.test(name))).toEqual([]);
  const [, heapBytes] = (loaded[0] ?? "").split(" ");
  expect(Number(heapBytes)).toBeLessThan(600 * 1_048_576);
  // Proves that the list contains loaded modules.
  expect(loaded.some((name) => name.includes("temporalio"))).toBe(true);
});
