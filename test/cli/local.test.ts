import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { csv, filesIn, openStage, rowsOf } from "./stage.ts";

const LIMIT = { timeout: 60_000 };

const withToken = (token: string) => ({ env: { CASELINK_TOKEN: token } });

test("Ctrl-C leaves a batch that is safe, says how to go on, and attach carries it on", LIMIT, async () => {
  await using stage = await openStage({ latencyMs: 20 });
  await stage.write("in.csv", csv(...rowsOf(600)));
  const run = stage.start(["run", "in.csv", "--batch", "left", "--max-rate", "300"]);
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

test(
  "what people see fits 80 columns without a terminal, in plain text, and is nothing but what was asked for",
  LIMIT,
  async () => {
    await using stage = await openStage({ unknownTickets: ["GONE"], latencyMs: 5 });
    await stage.write("in.csv", csv("T1,R1,g", "T1,R1,g", "GONE,R1,g", "T2,2.02601E+13,g"));
    const plan = await stage.run(["plan", "in.csv"]);
    const run = await stage.run(["run", "in.csv", "--batch", "2026-11-24-a7f3", "--yes"]);
    expect(run.status).toBe(3);
    expect(run.stderr).toContain(`Batch 2026-11-24-a7f3 on ${new URL(stage.simulator.url).host}\n`);
    expect(run.stdout).toMatch(/^Finished in .*\. Every row is accounted for\.\n\n {2}created +1\n {2}repeated +1\n/);
    expect(run.stdout).toMatch(/could not be done +2 +invalid 1, not found 1\n/);
    expect(run.stdout).toContain("\nReport   caselink report 2026-11-24-a7f3 --format html\n");
    expect(run.stdout).toContain("\nUndo     caselink undo 2026-11-24-a7f3   removes exactly the 1 created here\n");
    expect(run.stdout).not.toContain("Retry");
    const undo = await stage.run(["undo", "2026-11-24-a7f3", "--yes"]);
    for (const { stdout, stderr } of [plan, run, undo]) {
      // oxlint-disable-next-line no-control-regex
      expect(stdout + stderr).not.toMatch(/\u001b/);
      // Paths and addresses are as long as they are.
      const lines = (stdout + stderr).split("\n").filter((line) => !/\/|Local Temporal:/.test(line));
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    }
  },
);

test("credentials that are refused block the batch; with good ones resume goes on", LIMIT, async () => {
  await using stage = await openStage({ tokens: ["good-token"] });
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  const run = await stage.run(["run", "in.csv", "--batch", "held", "--json"], withToken("stale-token"));
  expect([run.status, run.last()]).toMatchObject([4, { event: "blocked", batch: "held", error_code: "APIGW.0301" }]);
  expect(run.stderr).toMatch(/Blocked after 0 tickets: the API refuses the credentials \(APIGW\.0301, HTTP 401\)\./);
  expect(run.stderr).toMatch(/Nothing is lost: 2 tickets wait[^]*CASELINK_TOKEN[^]*caselink resume held/);
  const resumed = await stage.run(["resume", "held", "--json"], withToken("good-token"));
  expect([resumed.status, resumed.last()]).toMatchObject([0, { event: "summary", created: 2 }]);
});

test("a blocked batch goes on with attach and with run once its credentials are mended", LIMIT, async () => {
  await using stage = await openStage({ tokens: ["good-token"] });
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  for (const args of [
    ["attach", "by-attach"],
    ["run", "in.csv", "--batch", "by-run"],
  ]) {
    const batch = args.at(-1) ?? "";
    const blocked = await stage.run(["run", "in.csv", "--batch", batch], withToken("stale-token"));
    expect(blocked.status).toBe(4);
    const seen = await stage.run(["status", batch], withToken("stale-token"));
    expect(seen.stdout).toMatch(/is not running: 0 of 2 tickets done[^]*refuses the credentials[^]*APIGW\.0301/);
    expect(seen.stdout).toMatch(new RegExp(`CASELINK_TOKEN[^]*caselink resume ${batch}\n`));
    const told = (await stage.run(["status", batch, "--json"])).last();
    expect(told).toMatchObject({ state: "blocked", reason: expect.stringContaining("APIGW.0301") });

    const { requests } = stage.simulator.counts();
    expect((await stage.run(["attach", batch], withToken("worse-token"))).status).toBe(4);
    expect(stage.simulator.counts().requests).toBeGreaterThan(requests);
    const ended = await stage.run([...args, "--json"], withToken("good-token"));
    expect([ended.status, ended.last()]).toMatchObject([0, { event: "summary", rows: 2, failed: 0 }]);
  }
  expect(stage.simulator.violations().repeatedCreates).toEqual([]);
});

test("a blocked batch can be cancelled", LIMIT, async () => {
  await using stage = await openStage({ tokens: ["good-token"] });
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  expect((await stage.run(["run", "in.csv", "--batch", "held"], withToken("stale-token"))).status).toBe(4);
  const { status, last } = await stage.run(["cancel", "held", "--json"], withToken("stale-token"));
  expect([status, last()]).toMatchObject([0, { state: "cancelled", rows: 2, cancelled: 2, created: 0 }]);
});

test("signs in with the key in the credentials file of the official SDKs", LIMIT, async () => {
  await using stage = await openStage();
  await stage.write("credentials", "[global]\nak = DEMOACCESSKEY\nsk = demo-secret-key\n");
  await stage.write("in.csv", csv("T1,R1,g"));
  const env = { CASELINK_TOKEN: undefined, HUAWEICLOUD_SDK_CREDENTIALS_FILE: "credentials" };
  const { status, last } = await stage.run(["run", "in.csv", "--json"], { env });
  expect([status, last()]).toMatchObject([0, { event: "summary", created: 1 }]);
});

test("a batch outlives its tokens, and no secret is left anywhere", LIMIT, async () => {
  const password = "Canary-Password-7f31c9";
  await using stage = await openStage({
    users: [{ name: "bulk", password, domain: "acme" }],
    tokenLifetimeMs: 600,
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
  const { status, last, stdout, stderr } = await run;
  expect([status, last()]).toMatchObject([0, { created: 900, failed: 0 }]);
  expect(stage.simulator.counts().token).toBeGreaterThan(1);
  const held = await stage.run(["run", "in.csv", "--batch", "c", "--json"], {
    env: { CASELINK_TOKEN: "Canary-Token-51b8e2", CASELINK_LOG_LEVEL: "DEBUG" },
  });
  expect(held.status).toBe(4);
  const key = { HUAWEICLOUD_SDK_AK: "CANARYKEY", HUAWEICLOUD_SDK_SK: "Canary-Secret-Key-c03d" };
  const signed = await stage.run(["resume", "c", "--json"], { env: { ...key, CASELINK_TOKEN: undefined } });
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

test("--detach leaves a process behind that ends the batch", LIMIT, async () => {
  await using stage = await openStage();
  await stage.write("in.csv", csv("T1,R1,g"));
  const started = await stage.run(["run", "in.csv", "--batch", "away", "--detach", "--json"]);
  expect([started.status, started.last()]).toEqual([0, { event: "started", batch: "away" }]);
  await stage.simulator.waitFor(({ counts }) => counts.written === 1);
  const attached = await stage.run(["attach", "away", "--json"]);
  expect([attached.status, attached.last()]).toMatchObject([0, { event: "summary", created: 1 }]);
});

test("--detach tells what kept the batch from starting, and status where that is written", LIMIT, async () => {
  await using stage = await openStage();
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
    /caselink: .*\n?[^]*the disk is full[^]*The batch is safe\. Go on with: caselink attach away\n/,
  );
  expect(stderr).toContain(`All that it said: ${log}\n`);
  const said = await readFile(log, "utf8");
  for (const text of ["there is no such file", "the disk is full"]) expect(said).toContain(text);
  const looked = await stage.run(["status", "away"]);
  expect(looked.stdout).toMatch(/is not running[^]*caselink attach away\nWhat its process in the background said:\n/);
  expect(looked.stdout).toContain(`  ${log}\n`);
  const again = await stage.run(["run", "in.csv", "--batch", "away", "--detach"]);
  expect([again.status, again.stdout]).toEqual([0, expect.stringContaining("caselink attach away")]);
  await stage.simulator.waitFor(({ counts }) => counts.written === 1);
  expect((await stage.run(["attach", "away", "--json"])).last()).toMatchObject({ event: "summary", created: 1 });
});

test("status tells why a batch in the background is blocked", LIMIT, async () => {
  await using stage = await openStage({ tokens: ["good-token"] });
  await stage.write("in.csv", csv("T1,R1,g"));
  const started = await stage.run(["run", "in.csv", "--batch", "away", "--detach"], withToken("stale-token"));
  expect(started.status).toBe(0);
  const state = async () => (await stage.run(["status", "away", "--json"])).last();
  const reason = expect.stringContaining("APIGW.0301");
  await expect.poll(state, { timeout: 30_000 }).toMatchObject({ state: "blocked", reason });
});

test("a command with another ledger is refused while one works in the same state folder", LIMIT, async () => {
  await using stage = await openStage();
  const other = { env: { CASELINK_LEDGER: join(stage.folder, "other") } };
  const worker = await stage.startWorker(other.env);
  await stage.write("in.csv", csv("T1,R1,g"));
  const refused = await stage.run(["run", "in.csv", "--batch", "b"]);
  expect([refused.status, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/with the ledger .*other, this command names .*\.ledger\.\n.*CASELINK_LEDGER.*CASELINK_HOME/),
  ]);
  // Looking is allowed: nobody works this ledger's batches.
  const looked = await stage.run(["status", "b"]);
  expect([looked.status, looked.stdout]).toEqual([0, expect.stringContaining("caselink attach b")]);
  expect(stage.simulator.counts().requests).toBe(0);
  worker.child.kill("SIGINT");
  await worker.ended;
  const attached = await stage.run(["attach", "b", "--json"]);
  expect([attached.status, attached.last()]).toMatchObject([0, { created: 1 }]);
});

test("the simulator says where it listens and knows the documented credentials", LIMIT, async () => {
  await using stage = await openStage();
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
