import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { csv, filesIn, rowsOf } from "@caselink/test-support";
import { openCliHarness, openProcessHarness } from "@caselink/test-support/cli";

const withToken = (token: string) => ({ env: { CASELINK_TOKEN: token } });

test("Ctrl-C prints how to continue, and attach continues the batch", async () => {
  await using stage = await openProcessHarness({ latencyMs: 20 });
  await stage.write("in.csv", csv(...rowsOf(600)));
  const run = stage.start(["run", "in.csv", "--batch", "left", "--max-rate", "60"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 20);
  run.child.kill("SIGINT");
  const left = await run.ended;
  expect([left.status, left.stdout]).toEqual([130, ""]);
  expect(left.stderr).toMatch(/The batch is safe[^]*\n {2}caselink attach left\n/);
  const { written } = stage.simulator.counts();
  expect(written).toBeLessThan(600);

  const status = await stage.run(["status", "left"]);
  expect([status.status, status.stdout]).toEqual([0, expect.stringContaining("caselink attach left")]);
  const attached = await stage.run(["attach", "left", "--json"]);
  expect([attached.status, attached.last()]).toMatchObject([0, { created: 600, already_associated: 0 }]);
  expect(stage.simulator.violations().repeatedCreates).toEqual([]);
});

test("plan, run and undo print plain text of at most 80 columns without a terminal", async () => {
  await using stage = await openCliHarness({ unknownTickets: ["GONE"], latencyMs: 5 });
  await using _temporal = await stage.keepLocalTemporal();
  await stage.write("in.csv", csv("T1,R1,g", "T1,R1,g", "GONE,R1,g", "T2,2.02601E+13,g"));
  const plan = await stage.run(["plan", "in.csv"]);
  const run = await stage.run(["run", "in.csv", "--batch", "2026-11-24-a7f3", "--yes"]);
  expect(run.status).toBe(3);
  expect(run.stderr).toContain(`Batch 2026-11-24-a7f3 on ${new URL(stage.simulator.url).host}\n`);
  expect(run.stdout).toMatch(/^Finished in .*\. Every row is accounted for\.\n\n {2}created +1\n {2}duplicate +1\n/);
  expect(run.stdout).toMatch(/not done +2 +invalid 1, not found 1\n/);
  expect(run.stdout).toContain("\nReport   caselink report 2026-11-24-a7f3 --format html\n");
  expect(run.stdout).toContain("\nUndo     caselink undo 2026-11-24-a7f3   removes only the 1 created here\n");
  expect(run.stdout).not.toContain("Retry");
  const undo = await stage.run(["undo", "2026-11-24-a7f3", "--yes"]);
  for (const { stdout, stderr } of [plan, run, undo]) {
    // oxlint-disable-next-line no-control-regex
    expect(stdout + stderr).not.toMatch(/\u001b/);
    // Lines with paths and addresses may be longer.
    const lines = (stdout + stderr).split("\n").filter((line) => !/\/|Local Temporal:/.test(line));
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  }
});

test("rejected credentials block the batch, and resume with good ones continues it", async () => {
  await using stage = await openCliHarness({ tokens: ["good-token"] });
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  const run = await stage.run(["run", "in.csv", "--batch", "blocked", "--json"], withToken("stale-token"));
  expect([run.status, run.last()]).toMatchObject([4, { event: "blocked", batch: "blocked", error_code: "APIGW.0301" }]);
  expect(run.stderr).toMatch(/Blocked after 0 tickets: credentials rejected \(APIGW\.0301, HTTP 401\)\./);
  expect(run.stderr).toMatch(
    /No data is lost: 0 tickets are done, 2 are waiting[^]*CASELINK_TOKEN[^]*caselink resume blocked/,
  );
  const resumed = await stage.run(["resume", "blocked", "--json"], withToken("good-token"));
  expect([resumed.status, resumed.last()]).toMatchObject([0, { event: "summary", created: 2 }]);
});

test("attach and run continue a blocked batch once its credentials are fixed", async () => {
  await using stage = await openCliHarness({ tokens: ["good-token"] });
  await using _temporal = await stage.keepLocalTemporal();
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  for (const args of [
    ["attach", "by-attach"],
    ["run", "in.csv", "--batch", "by-run"],
  ]) {
    const batch = args.at(-1) ?? "";
    const blocked = await stage.run(["run", "in.csv", "--batch", batch], withToken("stale-token"));
    expect(blocked.status).toBe(4);
    const seen = await stage.run(["status", batch], withToken("stale-token"));
    expect(seen.stdout).toMatch(/is not running: 0 of 2 tickets done[^]*credentials rejected[^]*APIGW\.0301/);
    expect(seen.stdout).toMatch(new RegExp(`CASELINK_TOKEN[^]*caselink resume ${batch}\n`));
    const event = (await stage.run(["status", batch, "--json"])).last();
    expect(event).toMatchObject({ state: "blocked", reason: expect.stringContaining("APIGW.0301") });

    const { requests } = stage.simulator.counts();
    expect((await stage.run(["attach", batch], withToken("worse-token"))).status).toBe(4);
    expect(stage.simulator.counts().requests).toBeGreaterThan(requests);
    const ended = await stage.run([...args, "--json"], withToken("good-token"));
    expect([ended.status, ended.last()]).toMatchObject([0, { event: "summary", rows: 2, failed: 0 }]);
  }
  expect(stage.simulator.violations().repeatedCreates).toEqual([]);
});

test("cancel ends a blocked batch", async () => {
  await using stage = await openCliHarness({ tokens: ["good-token"] });
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  expect((await stage.run(["run", "in.csv", "--batch", "blocked"], withToken("stale-token"))).status).toBe(4);
  const { status, last } = await stage.run(["cancel", "blocked", "--json"], withToken("stale-token"));
  expect([status, last()]).toMatchObject([0, { state: "cancelled", rows: 2, cancelled: 2, created: 0 }]);
});

test("run signs requests with the key in the credentials file of the official SDKs", async () => {
  await using stage = await openProcessHarness();
  await stage.write("credentials", "[global]\nak = DEMOACCESSKEY\nsk = demo-secret-key\n");
  await stage.write("in.csv", csv("T1,R1,g"));
  const env = { CASELINK_TOKEN: undefined, HUAWEICLOUD_SDK_CREDENTIALS_FILE: "credentials" };
  const { status, last } = await stage.run(["run", "in.csv", "--json"], { env });
  expect([status, last()]).toMatchObject([0, { event: "summary", created: 1 }]);
});

test("a batch continues after the API revokes its tokens, and no file or screen contains a secret", async () => {
  const password = "Canary-Password-7f31c9";
  await using stage = await openProcessHarness({
    users: [{ name: "bulk", password, domain: "acme" }],
    latencyMs: 20,
  });
  await stage.write("in.csv", csv(...rowsOf(900)));
  const signIn = {
    CASELINK_TOKEN: undefined,
    CASELINK_IAM_ENDPOINT: stage.simulator.url,
    CASELINK_IAM_USER: "bulk",
    CASELINK_IAM_PASSWORD: password,
    CASELINK_IAM_DOMAIN: "acme",
    CASELINK_LOG_LEVEL: "DEBUG",
  };
  const run = stage.run(["run", "in.csv", "--batch", "b", "--max-rate", "400", "--json"], { env: signIn });
  for (const written of [100, 300, 500]) {
    await stage.simulator.waitFor(({ counts }) => counts.written >= written);
    stage.simulator.expireTokens();
  }
  const { status, last, stdout, stderr } = await run;
  expect([status, last()]).toMatchObject([0, { created: 900, failed: 0 }]);
  expect(stage.simulator.counts().token).toBeGreaterThanOrEqual(4);
  const held = await stage.run(["run", "in.csv", "--batch", "c", "--json"], {
    env: { CASELINK_TOKEN: "Canary-Token-51b8e2", CASELINK_LOG_LEVEL: "DEBUG" },
  });
  expect(held.status).toBe(4);
  const key = { HUAWEICLOUD_SDK_AK: "CANARYKEY", HUAWEICLOUD_SDK_SK: "Canary-Secret-Key-c03d" };
  const signed = await stage.run(["resume", "c", "--take-over", "--json"], {
    env: { ...key, CASELINK_TOKEN: undefined },
  });
  expect(signed.status).toBe(4);

  const files = await filesIn(stage.folder);
  for (const name of ["temporal.db", "temporal.log", "batch.json"]) {
    expect([...files.keys()].some((file) => file.endsWith(name))).toBe(true);
  }
  const shown = Buffer.from(stdout + stderr + held.stdout + held.stderr + signed.stdout + signed.stderr);
  for (const [place, bytes] of [...files, ["the screen", shown] as const]) {
    for (const secret of ["Canary-Password", "Canary-Token", "Canary-Secret-Key"]) {
      expect([place, bytes.includes(secret)]).toEqual([place, false]);
    }
  }
});

test("--detach starts a process that runs the batch to its end", async () => {
  await using stage = await openProcessHarness();
  await stage.write("in.csv", csv("T1,R1,g"));
  const started = await stage.run(["run", "in.csv", "--batch", "away", "--detach", "--json"]);
  expect([started.status, started.last()]).toEqual([0, { event: "started", batch: "away" }]);
  await stage.simulator.waitFor(({ counts }) => counts.written === 1);
  const attached = await stage.run(["attach", "away", "--json"]);
  expect([attached.status, attached.last()]).toMatchObject([0, { event: "summary", created: 1 }]);
});

test("--detach reports why the batch did not start, and status shows the log path", async () => {
  await using stage = await openProcessHarness();
  await stage.write("in.csv", csv("T1,R1,g"));
  const log = join(stage.home, "logs", "away.log");
  const CASELINK_TEMPORAL_CLI = join(stage.folder, "temporal");
  const detach = ["run", "in.csv", "--batch", "away", "--detach"];
  const mistaken = await stage.run(detach, { env: { CASELINK_TEMPORAL_CLI } });
  expect([mistaken.status, mistaken.stdout]).toEqual([2, ""]);
  expect(mistaken.stderr).toContain("there is no such file");

  const server = `echo "the disk is full" >&2; exit 1`;
  await stage.write("temporal", `#!/bin/sh\n[ "$1" = server ] && { ${server}; }\nexec ${inject("temporalCli")} "$@"\n`);
  await chmod(CASELINK_TEMPORAL_CLI, 0o755);
  const { status, stdout, stderr } = await stage.run(detach, { env: { CASELINK_TEMPORAL_CLI } });
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(
    /caselink: .*\n?[^]*the disk is full[^]*The batch is safe\. Continue with: caselink attach away\n/,
  );
  expect(stderr).toContain(`Its whole output: ${log}\n`);
  const text = await readFile(log, "utf8");
  for (const message of ["there is no such file", "the disk is full"]) expect(text).toContain(message);
  const shown = await stage.run(["status", "away"]);
  expect(shown.stdout).toMatch(/is not running[^]*caselink attach away\nLog of its process in the background:\n/);
  expect(shown.stdout).toContain(`  ${log}\n`);
  const again = await stage.run(["run", "in.csv", "--batch", "away", "--detach"]);
  expect([again.status, again.stdout]).toEqual([0, expect.stringContaining("caselink attach away")]);
  await stage.simulator.waitFor(({ counts }) => counts.written === 1);
  expect((await stage.run(["attach", "away", "--json"])).last()).toMatchObject({ event: "summary", created: 1 });
});

test("status shows why a batch in the background is blocked", async () => {
  await using stage = await openProcessHarness({ tokens: ["good-token"] });
  await stage.write("in.csv", csv("T1,R1,g"));
  const started = await stage.run(["run", "in.csv", "--batch", "away", "--detach"], withToken("stale-token"));
  expect(started.status).toBe(0);
  const state = async () => (await stage.run(["status", "away", "--json"])).last();
  const reason = expect.stringContaining("APIGW.0301");
  await expect.poll(state).toMatchObject({ state: "blocked", reason });
});

test("a run with another ledger exits with 2 while a worker uses the same state folder", async () => {
  await using stage = await openProcessHarness();
  const other = { env: { CASELINK_LEDGER: join(stage.folder, "other") } };
  const worker = await stage.startWorkerProcess(other.env);
  await stage.simulator.waitFor(({ counts }) => counts.list === 1); // the worker checks its credentials
  await stage.write("in.csv", csv("T1,R1,g"));
  const rejected = await stage.run(["run", "in.csv", "--batch", "b"]);
  expect([rejected.status, rejected.stderr]).toEqual([
    2,
    expect.stringMatching(
      /with the ledger .*other, but this command uses .*\.ledger\.\n.*CASELINK_LEDGER.*CASELINK_HOME/,
    ),
  ]);
  // status is allowed: no worker serves this ledger.
  const shown = await stage.run(["status", "b"]);
  expect([shown.status, shown.stdout]).toEqual([0, expect.stringContaining("caselink attach b")]);
  expect(stage.simulator.counts().requests).toBe(1);
  worker.child.kill("SIGINT");
  await worker.ended;
  const attached = await stage.run(["attach", "b", "--json"]);
  expect([attached.status, attached.last()]).toMatchObject([0, { created: 1 }]);
});

test("simulator --json prints its address, and Ctrl-C ends it", async () => {
  await using stage = await openProcessHarness();
  const simulator = stage.start(["simulator", "--json"]);
  await simulator.says("\n");
  await stage.write("in.csv", csv("T1,R1,g"));
  simulator.child.kill("SIGINT");
  const { status, lines } = await simulator.ended;
  expect([status, lines()]).toEqual([
    0,
    [{ event: "listening", url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) }],
  ]);
});
