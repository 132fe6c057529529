// What the command says of batches that wait for workers of another version.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { csv, newBatch, rowsOf, until } from "@caselink/test-support";
import { openCluster, type CliHarness } from "@caselink/test-support/cli";

const TICKETS = 40;

/**
 * Runs the Temporal CLI until it succeeds: Temporal knows a version when its first worker has asked for work, and a namespace runs
 * one command with a query at a time.
 */
async function temporal(...args: readonly string[]): Promise<void> {
  const run = (): Promise<boolean> =>
    promisify(execFile)(inject("temporalCli"), [...args, "--yes", "--address", inject("temporalAddress")]).then(
      () => true,
      () => false,
    );
  await until(run, (hasSucceeded) => hasSucceeded);
}

const setCurrent = (deployment: string, ...which: readonly string[]): Promise<void> =>
  temporal("worker", "deployment", "set-current-version", "--deployment-name", deployment, ...which);

async function startBatch(stage: CliHarness, ...options: string[]): Promise<string> {
  const batch = newBatch("versions");
  const input = await stage.write("in.csv", csv(...rowsOf(TICKETS)));
  expect(await stage.run(["run", input, "--batch", batch, "--detach", ...options])).toMatchObject({ status: 0 });
  return batch;
}

/** The screen of a command, as soon as it has the text. */
const whenSaid = async (stage: CliHarness, args: readonly string[], said: RegExp): Promise<string> =>
  (
    await until(
      () => stage.run(args),
      ({ stdout }) => said.test(stdout),
    )
  ).stdout;

test("status and doctor say that no version is the current one, and how to make one that", async () => {
  await using stage = await openCluster();
  const deployment = newBatch("deployment");
  await stage.startWorker({ CASELINK_DEPLOYMENT: deployment });
  const batch = await startBatch(stage);
  const shown = await whenSaid(stage, ["status", batch], /none of their versions is the current one/);
  const [, name = "", buildId = ""] = /--deployment-name (\S+) --build-id (\S+)$/m.exec(shown) ?? [];
  expect(name).toBe(deployment);
  expect((await stage.run(["status", batch, "--json"])).last()).toMatchObject({
    state: "interrupted",
    reason: `batch ${batch} waits: workers run, but none of their versions is the current one`,
  });
  expect((await stage.run(["doctor"])).stdout).toContain(`--deployment-name ${name} --build-id ${buildId}`);
  const attached = stage.follow(["attach", batch, "--json"]);
  await attached.says("none of their versions is the current one");
  await setCurrent(name, "--build-id", buildId);
  expect((await attached.ended).last()).toMatchObject({ state: "completed", created: TICKETS });
  expect((await stage.run(["doctor"])).stdout).not.toContain("waits");
});

test("status and doctor name a version whose workers are gone, and the command that moves what waits", async () => {
  await using stage = await openCluster();
  const deployment = newBatch("deployment");
  const worker = await stage.startWorkerProcess({ CASELINK_DEPLOYMENT: deployment });
  const [, buildId = ""] = /"build_id":"([^"]+)"/.exec(worker.printed()) ?? [];
  await setCurrent(deployment, "--build-id", buildId);
  const batch = await startBatch(stage, "--max-rate", "2");
  await stage.simulator.waitFor(({ counts }) => counts.written >= 1);
  worker.child.kill("SIGKILL");
  await worker.ended;
  const gone = new RegExp(`Batch ${batch} waits for workers of version ${deployment}:${buildId}, and none runs`);
  const shown = await whenSaid(stage, ["status", batch], gone);
  expect(shown).toContain("--versioning-override-behavior auto_upgrade");
  expect((await stage.run(["doctor"])).stdout).toMatch(/work of this API waits for workers of version/);
  // Without the variable, as `caselink worker` always was.
  await stage.startWorker();
  await setCurrent(deployment, "--unversioned");
  const query = `TemporalWorkerDeploymentVersion = '${deployment}:${buildId}' AND ExecutionStatus = 'Running'`;
  await temporal("workflow", "update-options", "--query", query, "--versioning-override-behavior", "auto_upgrade");
  await until(
    () => stage.run(["rate", batch, "none"]),
    ({ status }) => status === 0,
  );
  expect((await stage.run(["attach", batch, "--json"])).last()).toMatchObject({ state: "completed", created: TICKETS });
  expect(stage.simulator.counts().written).toBe(TICKETS);
});

test("a worker rejects a name of a deployment that Temporal does not take", async () => {
  await using stage = await openCluster();
  const { status, stderr } = await stage.run(["worker"], { env: { CASELINK_DEPLOYMENT: "caselink.intl" } });
  expect([status, stderr]).toEqual([2, expect.stringContaining('CASELINK_DEPLOYMENT is "caselink.intl"; it takes up')]);
});
