// Batches that a released version began and the current one finishes. `releases` has the packages of each released version,
// as they were packed: `npx -y pnpm@12 release:dry --keep` adds those of the next one.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { csv, NO_VIOLATIONS, rowsInRounds } from "@caselink/test-support";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";
import { environmentOutside, installPackages, type InstalledPackages } from "../packages/install-packages.ts";

const releases = fileURLToPath(new URL("releases", import.meta.url));
const versions = readdirSync(releases);

/** Slow enough that a batch is in the middle when its process is killed. */
const SIMULATOR = { latencyMs: 25 };
const TICKETS = 150;
const ROWS = 2 * TICKETS;

test("there is a released version", () => {
  expect(versions).toContain("0.1.0");
});

async function killAfter(child: ChildProcess, stage: CliHarness, written: number): Promise<void> {
  await stage.simulator.waitFor(({ counts }) => counts.written >= written);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(stage.simulator.counts().written).toBeLessThan(ROWS);
}

async function expectEachOnce(stage: CliHarness, batch: string): Promise<void> {
  const rows = await stage.report(batch);
  expect(rows.map(({ outcome }) => outcome)).toEqual(Array.from({ length: ROWS }, () => "created"));
  expect(stage.simulator.counts().written).toBe(ROWS);
  expect(stage.simulator.violations()).toEqual(NO_VIOLATIONS);
}

describe.each(versions)("a batch that version %s began", (version) => {
  let released: InstalledPackages;
  beforeAll(async () => {
    released = await installPackages(environmentOutside(), join(releases, version));
  }, 600_000);
  afterAll(() => released[Symbol.asyncDispose]());

  /** Starts a program of the released packages with the environment of the harness. */
  function startReleased(stage: CliHarness, program: string, args: readonly string[]) {
    const path = environmentOutside()["PATH"];
    return spawn(join(released.folder, "node_modules/.bin", program), args, {
      cwd: stage.folder,
      env: { ...stage.environment(), PATH: path },
      stdio: "ignore",
    });
  }

  test("is continued, reported, verified and undone by the current command", async () => {
    await using stage = await openProcessHarness(SIMULATOR);
    const input = await stage.write("in.csv", csv(...rowsInRounds(TICKETS, 2)));
    await killAfter(startReleased(stage, "caselink", ["run", input, "--batch", "up", "--yes"]), stage, 60);
    const attached = await stage.run(["attach", "up", "--json"]);
    expect([attached.status, attached.last()]).toMatchObject([0, { state: "completed", created: ROWS }]);
    await expectEachOnce(stage, "up");
    expect(await stage.run(["verify", "up"])).toMatchObject({ status: 0 });
    const undone = await stage.run(["undo", "up", "--yes", "--json"]);
    expect([undone.status, undone.last()]).toMatchObject([0, { removed: ROWS }]);
  });

  test("is finished from its ledger alone, when Temporal has lost it", async () => {
    await using stage = await openProcessHarness(SIMULATOR);
    const input = await stage.write("in.csv", csv(...rowsInRounds(TICKETS, 2)));
    await killAfter(startReleased(stage, "caselink", ["run", input, "--batch", "lost", "--yes"]), stage, 60);
    const { pid } = await stage.localTemporal();
    process.kill(pid, "SIGKILL");
    const database = readdirSync(stage.home).filter((file) => file.startsWith("temporal.db"));
    for (const name of database) await rm(join(stage.home, name));
    const attached = await stage.run(["attach", "lost", "--json"]);
    expect([attached.status, attached.last()]).toMatchObject([0, { state: "completed", created: ROWS }]);
    await expectEachOnce(stage, "lost");
  });

  test("is finished by a current worker after a rolling upgrade", async () => {
    const cluster = { TEMPORAL_ADDRESS: inject("temporalAddress"), CASELINK_LOG_LEVEL: "ERROR" };
    await using stage = await openProcessHarness(SIMULATOR, cluster);
    const input = await stage.write("in.csv", csv(...rowsInRounds(TICKETS, 2)));
    const batch = `rolling-${process.pid}`;
    const worker = startReleased(stage, "caselink-worker", []);
    const run = stage.start(["run", input, "--batch", batch, "--yes", "--json"]);
    await stage.simulator.waitFor(({ counts }) => counts.written >= 60);
    const closed = once(worker, "close");
    worker.kill("SIGTERM");
    await stage.startWorker();
    expect(await closed).toEqual([0, null]);
    const { status, last } = await run.ended;
    expect([status, last()]).toMatchObject([0, { state: "completed", created: ROWS }]);
    await expectEachOnce(stage, batch);
  });
});
