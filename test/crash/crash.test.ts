import { expect, inject, test } from "vitest";
import type { Simulator } from "@caselink/simulator";
import { csv, NO_VIOLATIONS, rowsInRounds, until } from "@caselink/test-support";
import { openProcessHarness } from "@caselink/test-support/cli";

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

test("a killed worker loses no row and repeats none, and its associations still count as created", async () => {
  const cluster = { TEMPORAL_ADDRESS: inject("temporalAddress"), CASELINK_LOG_LEVEL: "ERROR" };
  await using stage = await openProcessHarness({ latencyMs: 25, faults: FAULTS, tickets: { T5: ["r5"] } }, cluster);
  const first = await stage.startWorkerProcess();
  const run = stage.start([
    "run",
    await stage.write("in.csv", csv(...rowsInRounds(300, 2))),
    "--batch",
    "killed",
    "--yes",
    "--json",
  ]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 175);
  first.child.kill("SIGKILL");
  await first.ended;
  expect(stage.simulator.counts().written).toBeLessThan(599);
  const second = stage.start(["worker", "--json"]);
  const { status, last } = await run.ended;
  expect([status, last()["state"], last()["created"], last()["already_associated"]]).toEqual([0, "completed", 599, 1]);
  const report = await stage.report("killed");
  expect(report.filter(({ outcome }) => outcome === "already_associated").map(({ case_id: ticket }) => ticket)).toEqual(
    ["T5"],
  );
  expectEachOnce(stage.simulator, 599, 1);
  second.child.kill("SIGTERM");
  expect((await second.ended).status).toBe(0);
});

test("attach continues a local run that was killed", async () => {
  await using stage = await openProcessHarness({ latencyMs: 25, faults: FAULTS });
  const run = stage.start([
    "run",
    await stage.write("in.csv", csv(...rowsInRounds(250, 2))),
    "--batch",
    "killed",
    "--yes",
    "--json",
  ]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 150);
  run.child.kill("SIGKILL");
  expect((await run.ended).signal).toBe("SIGKILL");
  expect(stage.simulator.counts().written).toBeLessThan(500);

  const status = await stage.run(["status", "killed", "--json"]);
  expect(status.status).toBe(0);
  const { status: attached, last, stderr } = await stage.run(["attach", "killed", "--json"]);
  expect([attached, last()["created"], last()["rows"]]).toEqual([0, 500, 500]);
  // On a busy machine the turn may time out before `attach` comes, and its last heartbeat with it.
  const message =
    /Continuing batch killed, which was interrupted(?: at \d\d:\d\d:\d\d)?\.\n([\d,]+) of 250 tickets were done\./.exec(
      stderr,
    );
  expect(Number(message?.[1]?.replaceAll(",", ""))).toBeLessThanOrEqual(250);
  expectEachOnce(stage.simulator, 500);
  // attach was the last use, and stopped the server that the killed command had left.
  const { pid } = await stage.localTemporal();
  await until(
    () => isAlive(pid),
    (isStillAlive) => !isStillAlive,
  );
});

test("a killed local Temporal is restarted on the same file, and the batch continues", async () => {
  await using stage = await openProcessHarness({ latencyMs: 25, faults: FAULTS });
  const run = stage.start([
    "run",
    await stage.write("in.csv", csv(...rowsInRounds(250, 2))),
    "--batch",
    "survivor",
    "--yes",
    "--json",
  ]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 150);
  const before = await stage.localTemporal();
  process.kill(before.pid, "SIGKILL");
  const { status, last, stderr } = await run.ended;
  expect([status, last()["created"], stderr.includes("starting it again")]).toEqual([0, 500, true]);
  const after = await stage.localTemporal();
  expect([after.address, after.pid === before.pid]).toEqual([before.address, false]);
  expectEachOnce(stage.simulator, 500);
});

test("a batch whose command and Temporal are killed twice ends with the third start", async () => {
  await using stage = await openProcessHarness({ latencyMs: 25, faults: FAULTS });
  const input = await stage.write("in.csv", csv(...rowsInRounds(250, 2)));
  for (const written of [100, 250]) {
    const run = stage.start(["run", input, "--batch", "twice", "--yes", "--json"]);
    await stage.simulator.waitFor(({ counts }) => counts.written >= written);
    run.child.kill("SIGKILL");
    await run.ended;
    const { pid } = await stage.localTemporal();
    process.kill(pid, "SIGKILL");
  }
  const { status, last } = await stage.run(["run", input, "--batch", "twice", "--yes", "--json"]);
  expect([status, last()["created"]]).toEqual([0, 500]);
  expectEachOnce(stage.simulator, 500);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
