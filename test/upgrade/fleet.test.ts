// Rolling upgrades of several workers while batches run, from each released version to the checkout and back.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { csv, newBatch, NO_VIOLATIONS, until } from "@caselink/test-support";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";
import { environmentOutside, installPackages, type InstalledPackages } from "../packages/install-packages.ts";
import { Fleet, type FleetWorker } from "./fleet.ts";

const releases = fileURLToPath(new URL("releases", import.meta.url));

/** Requests per second of each worker: batches run until all workers are replaced. */
const SLOW = ["--max-rate", "1"];
const TICKETS = 500;
const ROWS = 2 * TICKETS;
const BATCHES = ["a", "b"] as const;

const openStage = (): Promise<CliHarness> =>
  openProcessHarness({}, { TEMPORAL_ADDRESS: inject("temporalAddress"), CASELINK_LOG_LEVEL: "ERROR" });

/** The batch ids of a test, and files of which no two have a ticket in common. */
async function writeInputs(stage: CliHarness): Promise<{ id: string; input: string }[]> {
  return Promise.all(
    BATCHES.map(async (letter) => {
      const rows = Array.from({ length: ROWS }, (_, at) => `${letter}${at % TICKETS},R${at < TICKETS ? 1 : 2},g`);
      return { id: newBatch(`fleet-${letter}`), input: await stage.write(`${letter}.csv`, csv(...rows)) };
    }),
  );
}

/** The number of writes grows: workers of the new fleet work. */
async function whenWritten({ simulator }: CliHarness, more: number): Promise<void> {
  const { written } = simulator.counts();
  await simulator.waitFor(({ counts }) => counts.written >= Math.min(written + more, BATCHES.length * ROWS));
}

async function expectEachOnce(stage: CliHarness, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const rows = await stage.report(id);
    expect(rows.map(({ outcome }) => outcome)).toEqual(Array.from({ length: ROWS }, () => "created"));
  }
  expect([...stage.simulator.tickets()].filter(([, related]) => related.length !== 2)).toEqual([]);
  expect(stage.simulator.counts().written).toBe(ids.length * ROWS);
  expect(stage.simulator.violations()).toEqual(NO_VIOLATIONS);
}

/**
 * Follows a batch to its end with the released command. A history of the newer version that the older one cannot replay ends the
 * batch, and the next attach starts it again.
 */
async function finish(fleet: Fleet, id: string): Promise<"attached once" | "attached again"> {
  for (let attempt = 1; ; attempt++) {
    let isOver = false;
    const attach = fleet.runReleased("attach", id, "--json").finally(() => (isOver = true));
    await until(
      async () => isOver || (await fleet.runReleased("rate", id, "none")).status === 0,
      (isSet) => isSet,
    );
    const { status, stderr } = await attach;
    if (status === 0) return attempt === 1 ? "attached once" : "attached again";
    expect({ status, stderr }).toMatchObject({ status: 1 });
  }
}

async function replace(stage: CliHarness, old: readonly FleetWorker[], start: () => Promise<unknown>): Promise<void> {
  for (const worker of old) {
    await start();
    expect(await worker.stop()).toBe(0);
    await whenWritten(stage, 10);
  }
}

/** Starts the batches with the released command; the second one is paused. */
async function startBatches(stage: CliHarness, fleet: Fleet): Promise<string[]> {
  const inputs = await writeInputs(stage);
  for (const { id, input } of inputs) {
    const run = await fleet.runReleased("run", input, "--batch", id, "--yes", "--detach", ...SLOW);
    expect(run).toMatchObject({ status: 0 });
  }
  await stage.simulator.waitFor(({ counts }) => counts.written >= 20);
  const ids = inputs.map(({ id }) => id);
  expect((await fleet.runReleased("pause", ids[1] ?? "")).status).toBe(0);
  return ids;
}

describe.each(readdirSync(releases))("a fleet of version %s", (version) => {
  let released: InstalledPackages;
  beforeAll(async () => {
    released = await installPackages(environmentOutside(), join(releases, version));
  }, 600_000);
  afterAll(() => released[Symbol.asyncDispose]());

  test("is replaced one worker after the other, and back", async () => {
    await using stage = await openStage();
    await using fleet = new Fleet(stage, released);
    const old = await fleet.startReleased(3);
    const ids = await startBatches(stage, fleet);
    const fresh: FleetWorker[] = [];
    await replace(stage, old, async () => fresh.push(...(await fleet.startCurrent(1)).workers));
    expect(await stage.run(["resume", ids[1] ?? ""])).toMatchObject({ status: 0 });
    await whenWritten(stage, 20);
    await replace(stage, fresh, () => fleet.startReleased(1));
    for (const id of ids) await finish(fleet, id);
    await expectEachOnce(stage, ids);
  });

  test("is replaced by workers with a version, and back", async () => {
    await using stage = await openStage();
    await using fleet = new Fleet(stage, released);
    const deployment = newBatch("fleet");
    const old = await fleet.startReleased(2);
    const ids = await startBatches(stage, fleet);
    const { workers, buildId } = await fleet.startCurrent(2, deployment);
    await fleet.setCurrent(deployment, "--build-id", buildId);
    for (const worker of old) expect(await worker.stop()).toBe(0);
    await whenWritten(stage, 20);
    expect(await stage.run(["resume", ids[1] ?? ""])).toMatchObject({ status: 0 });
    await whenWritten(stage, 20);
    await fleet.startReleased(2);
    await fleet.setCurrent(deployment, "--unversioned");
    await fleet.whenGone(deployment, buildId);
    for (const worker of workers) expect(await worker.stop()).toBe(0);
    for (const id of ids) expect(await finish(fleet, id)).toBe("attached once");
    await expectEachOnce(stage, ids);
  });
});
