import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import type { Simulator } from "@caselink/simulator";
import { NO_VIOLATIONS } from "../../packages/workflows/test/support/no-violations.ts";
import { openStage, rowsOf } from "./processes.ts";

const LIMIT = { timeout: 120_000 };
const FAULTS = {
  create: { lostResponse: 0.05, resetBefore: 0.03, http500AfterWrite: 0.02, operationFailed: 0.02 },
  list: { http503: 0.02, resetBefore: 0.02 },
} as const;

/** Expects that each association was written once and is still there, in addition to the earlier ones. */
function expectEachOnce(simulator: Simulator, created: number, before = 0): void {
  expect(simulator.counts().written).toBe(created);
  expect([...simulator.tickets().values()].flat()).toHaveLength(before + created);
  expect(simulator.violations()).toEqual(NO_VIOLATIONS);
}

test("a killed worker loses no row and repeats none, and its associations still count as created", LIMIT, async () => {
  const cluster = { TEMPORAL_ADDRESS: inject("temporalAddress") };
  await using stage = await openStage({ latencyMs: 25, faults: FAULTS, tickets: { T5: ["r5"] } }, cluster);
  const first = stage.start(["worker"]);
  await first.event("working");
  const run = stage.start(["run", await stage.csv("in.csv", rowsOf(1_200, 2)), "--batch", "killed", "--yes"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 700);
  first.child.kill("SIGKILL");
  await first.ended;
  expect(stage.simulator.counts().written).toBeLessThan(2_399);
  const second = stage.start(["worker"]);
  const { code, last } = await run.ended;
  expect([code, last["state"], last["created"], last["already_associated"]]).toEqual([0, "completed", 2_399, 1]);
  const report = await stage.report("killed");
  expect(report.filter(({ outcome }) => outcome === "already_associated").map(({ case_id: ticket }) => ticket)).toEqual(
    ["T5"],
  );
  expectEachOnce(stage.simulator, 2_399, 1);
  second.child.kill("SIGTERM");
  expect((await second.ended).code).toBe(0);
});

test("attach continues a local run that was killed", LIMIT, async () => {
  await using stage = await openStage({ latencyMs: 25, faults: FAULTS });
  const run = stage.start(["run", await stage.csv("in.csv", rowsOf(900, 2)), "--batch", "killed", "--yes"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 500);
  run.child.kill("SIGKILL");
  expect((await run.ended).signal).toBe("SIGKILL");
  expect(stage.simulator.counts().written).toBeLessThan(1_800);

  const status = await stage.start(["status", "killed"]).ended;
  expect(status.code).toBe(0);
  const { code, last, errors } = await stage.start(["attach", "killed"]).ended;
  expect([code, last["created"], last["rows"]]).toEqual([0, 1_800, 1_800]);
  const message =
    /Continuing batch killed, which was interrupted at \d\d:\d\d:\d\d\.\n([\d,]+) of 900 tickets were done\./.exec(
      errors,
    );
  expect(Number(message?.[1]?.replaceAll(",", ""))).toBeLessThanOrEqual(900);
  expectEachOnce(stage.simulator, 1_800);
  // attach was the last use, and stopped the server that the killed command had left.
  const { pid } = JSON.parse(await readFile(join(stage.home, "temporal.json"), "utf8")) as { pid: number };
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
});

test("a killed local Temporal is restarted on the same file, and the batch continues", LIMIT, async () => {
  await using stage = await openStage({ latencyMs: 25, faults: FAULTS });
  const run = stage.start(["run", await stage.csv("in.csv", rowsOf(1_200, 2)), "--batch", "survivor", "--yes"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 500);
  const before = JSON.parse(await readFile(join(stage.home, "temporal.json"), "utf8")) as {
    pid: number;
    address: string;
  };
  process.kill(before.pid, "SIGKILL");
  const { code, last, errors } = await run.ended;
  expect([code, last["created"], errors.includes("starting it again")]).toEqual([0, 2_400, true]);
  const after = JSON.parse(await readFile(join(stage.home, "temporal.json"), "utf8")) as {
    pid: number;
    address: string;
  };
  expect([after.address, after.pid === before.pid]).toEqual([before.address, false]);
  expectEachOnce(stage.simulator, 2_400);
});

test("a batch whose command and Temporal are killed twice ends with the third start", LIMIT, async () => {
  await using stage = await openStage({ latencyMs: 25, faults: FAULTS });
  const input = await stage.csv("in.csv", rowsOf(900, 2));
  for (const written of [300, 900]) {
    const run = stage.start(["run", input, "--batch", "twice", "--yes"]);
    await stage.simulator.waitFor(({ counts }) => counts.written >= written, { timeoutMs: 60_000 });
    run.child.kill("SIGKILL");
    await run.ended;
    const { pid } = JSON.parse(await readFile(join(stage.home, "temporal.json"), "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
  }
  const { code, last } = await stage.start(["run", input, "--batch", "twice", "--yes"]).ended;
  expect([code, last["created"]]).toEqual([0, 1_800]);
  expectEachOnce(stage.simulator, 1_800);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
