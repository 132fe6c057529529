import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csv } from "@caselink/test-support";
import { openProcessHarness, type CliHarness, type JsonLine } from "@caselink/test-support/cli";

/** Starts a run on the local Temporal whose first write gets no response. */
async function startHanging(stage: CliHarness, batch: string) {
  await stage.write("in.csv", csv("T1,R1,g"));
  const run = stage.start(["run", "in.csv", "--batch", batch]);
  await stage.simulator.waitFor(({ counts }) => counts.create >= 1);
  return run;
}

/** The phase of the local Temporal in the state folder. */
const temporalPhase = async ({ home }: CliHarness): Promise<unknown> =>
  (JSON.parse(await readFile(join(home, "temporal.json"), "utf8")) as JsonLine)["phase"];

test("Ctrl-C while a request hangs exits with 130 and stops the local Temporal, and attach continues", async () => {
  await using stage = await openProcessHarness({ faults: { create: { hang: 1 } } });
  const run = await startHanging(stage, "hung");
  // Without any response the turn cannot resolve the ambiguous write.
  stage.simulator.configure({ faults: { list: { hang: 1 }, create: { hang: 1 } } });
  run.child.kill("SIGINT");
  const left = await run.ended;
  expect([left.status, left.stderr]).toEqual([130, expect.stringContaining("caselink attach hung\n")]);
  expect(await temporalPhase(stage)).toBe("stopping");
  stage.simulator.configure({ faults: { list: {}, create: {} } });
  const attached = await stage.run(["attach", "hung", "--json"]);
  expect([attached.status, attached.last()]).toMatchObject([0, { rows: 1, created: 1 }]);
});

test("a second Ctrl-C exits immediately with 130, without waiting for requests in flight", async () => {
  await using stage = await openProcessHarness({ faults: { create: { hang: 1 } } });
  const run = await startHanging(stage, "twice");
  run.child.kill("SIGINT");
  await run.says("press Ctrl-C again to exit immediately.");
  run.child.kill("SIGINT");
  expect((await run.ended).status).toBe(130);
  // The command did not clean up; the next command adopts the server.
  expect(await temporalPhase(stage)).toBe("ready");
  stage.simulator.configure({ faults: { list: {}, create: {} } });
  const attached = await stage.run(["attach", "twice", "--json"]);
  expect([attached.status, attached.last()]).toMatchObject([0, { rows: 1, created: 1 }]);
});
