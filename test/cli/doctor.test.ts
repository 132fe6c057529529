import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { csv, newBatch, until } from "@caselink/test-support";
import { openCliHarness, openCluster, type CommandResult } from "@caselink/test-support/cli";

const states = ({ lines }: CommandResult): string[] =>
  lines().flatMap(({ event, check, state }) => (event === "check" ? [`${String(check)} ${String(state)}`] : []));

const LOCAL = { CASELINK_TEMPORAL_CLI: inject("temporalCli") };

test("doctor prints every check as ok, as text and as JSON, and writes nothing", async () => {
  await using stage = await openCliHarness({}, LOCAL);
  const people = await stage.run(["doctor"]);
  expect([people.status, people.stderr]).toEqual([0, ""]);
  expect(people.stdout).toMatch(/^ok +node +Node 2\d/);
  expect(people.stdout).toMatch(/^ok +credentials +the credentials from CASELINK_TOKEN are accepted$/m);
  expect(people.stdout).toMatch(/\nNo problem found\.\n$/);
  expect(people.stdout).not.toContain("demo-token");
  const programs = await stage.run(["doctor", "--json"]);
  expect(states(programs)).toEqual(
    "node configuration account api clock credentials permission temporal ledger batches"
      .split(" ")
      .map((name) => `${name} ok`),
  );
  expect(programs.last()).toEqual({ event: "doctor", failed: 0, warnings: 0, status: 0 });
  const { written, removed, create } = stage.simulator.counts();
  expect([written, removed, create]).toEqual([0, 0, 0]);
  expect(await readdir(stage.home).catch(() => [])).toEqual([]);
  expect((await readdir(stage.ledger)).filter((name) => name !== "tmp")).toEqual([]);
});

test("doctor tries a key and a password, and distinguishes rejected credentials from a wrong configuration", async () => {
  await using stage = await openCliHarness({}, { ...LOCAL, CASELINK_TOKEN: undefined });
  const password = {
    CASELINK_IAM_ENDPOINT: stage.simulator.url,
    CASELINK_IAM_USER: "demo",
    CASELINK_IAM_PASSWORD: "demo-password",
    CASELINK_IAM_DOMAIN: "demo",
  };
  const key = { HUAWEICLOUD_SDK_AK: "DEMOACCESSKEY", HUAWEICLOUD_SDK_SK: "demo-secret-key" };
  const wrongKey = { ...key, HUAWEICLOUD_SDK_SK: "canary-secret-key" };
  const wrongPassword = { ...password, CASELINK_IAM_PASSWORD: "canary-password" };
  for (const [env, status, found] of [
    [password, 0, "credentials ok"],
    [key, 0, "credentials ok"],
    [wrongPassword, 4, "credentials failed"],
    [wrongKey, 4, "credentials failed"],
    [{ CASELINK_TOKEN: "canary-token" }, 4, "credentials failed"],
    [{ ...password, CASELINK_IAM_DOMAIN: undefined }, 2, "configuration failed"],
    [{}, 2, "configuration failed"],
    [{ ...key, CASELINK_ENDPOINT: undefined }, 2, "configuration failed"],
    [{ ...key, CASELINK_ENDPOINT: `${stage.simulator.url}/elsewhere` }, 2, "api failed"],
    [{ ...key, CASELINK_ENDPOINT: "http://127.0.0.1:1" }, 1, "api failed"],
    [{ ...key, CASELINK_ENDPOINT: "http://no-such-host.invalid" }, 1, "api failed"],
    [{ ...key, CASELINK_TEMPORAL_CLI: "/nowhere/temporal" }, 2, "temporal failed"],
  ] as const) {
    const ended = await stage.run(["doctor", "--json"], { env });
    expect([env, ended.status, states(ended)]).toEqual([env, status, expect.arrayContaining([found])]);
    expect(ended.stdout + ended.stderr).not.toMatch(/canary|demo-password|demo-secret-key/);
  }
});

test("doctor warns about a wrong clock", async () => {
  await using stage = await openCliHarness({}, LOCAL);
  const server = createServer((_, response) => {
    response
      .writeHead(200, { date: new Date(Date.now() - 3_600_000).toUTCString() })
      .end('{"error_code":"OSM.01010015"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const env = { CASELINK_ENDPOINT: `http://127.0.0.1:${port}` };
    const { status, stdout } = await stage.run(["doctor"], { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^warning +clock +this machine is 3[56]\d\d s ahead of the API\n +Set the clock/m);
    expect(stdout).toContain("the credentials from CASELINK_TOKEN are accepted");
  } finally {
    server.close();
  }
});

test("doctor checks the cluster, its workers, and unfinished batches", async () => {
  await using stage = await openCluster();
  await stage.write("in.csv", csv("T1,R1,g"));
  await stage.run(["run", "in.csv", "--batch", newBatch("doctor"), "--detach"]);
  const waiting = await stage.run(["doctor"]);
  expect(waiting.status).toBe(0);
  expect(waiting.stdout).toMatch(
    /^warning +temporal +no worker for this API and this account is running[^]*caselink worker$/m,
  );
  expect(waiting.stdout).toMatch(/^warning +batches +not ended: doctor-[^]*caselink attach doctor-/m);
  await stage.startWorker();
  // The worker checks its credentials before it polls.
  await until(
    async () => states(await stage.run(["doctor", "--json"])).filter((line) => line === "temporal ok"),
    (found) => found.length === 2,
  );
  const elsewhere = await stage.run(["doctor", "--json"], { env: { TEMPORAL_ADDRESS: "127.0.0.1:1" } });
  expect([elsewhere.status, states(elsewhere)]).toEqual([1, expect.arrayContaining(["temporal failed"])]);
  const nowhere = await stage.run(["doctor", "--json"], { env: { TEMPORAL_NAMESPACE: "nowhere" } });
  expect([nowhere.status, states(nowhere)]).toEqual([1, expect.arrayContaining(["temporal failed"])]);
});

test.skipIf(process.getuid?.() === 0)("doctor reports a ledger that cannot be written", async () => {
  await using stage = await openCliHarness({}, LOCAL);
  await stage.run(["doctor"]);
  await chmod(join(stage.ledger, "tmp"), 0o500);
  const ended = await stage.run(["doctor", "--json"]);
  expect([ended.status, states(ended)]).toEqual([2, expect.arrayContaining(["ledger failed"])]);
});
