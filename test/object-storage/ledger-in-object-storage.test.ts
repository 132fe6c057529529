import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { expect, inject, onTestFinished, test } from "vitest";
import { csv, NO_VIOLATIONS, rowsOf } from "@caselink/test-support";
import { openProcessHarness } from "@caselink/test-support/cli";
import { BUCKET, startObjectStorage, whyNoObjectStorage } from "./start-object-storage.ts";

const LOCATION = `s3://${BUCKET}/team/ledger`;
const LEFTOVER = /^caselink-ledger-/;

test.skipIf(whyNoObjectStorage !== undefined)(
  "with a ledger in object storage, a batch runs, is reported, listed, undone and forgotten, and leaves no local files",
  async () => {
    await using storage = await startObjectStorage();
    const TMPDIR = await mkdtemp(join(tmpdir(), "caselink-temporary-files-"));
    onTestFinished(() => rm(TMPDIR, { recursive: true }));
    await using stage = await openProcessHarness({}, { ...storage.env, CASELINK_LEDGER: LOCATION, TMPDIR });
    const input = await stage.write("in.csv", csv(...rowsOf(60, 2)));
    const run = await stage.run(["run", input, "--batch", "b1", "--json"]);
    expect([run.status, run.stderr]).toEqual([0, expect.anything()]);
    expect(run.last()).toMatchObject({ state: "completed", rows: 120, created: 120 });
    const again = await stage.run(["run", input, "--batch", "b1", "--json"]);
    expect([again.status, again.last()["created"]]).toEqual([0, 120]);
    const report = await stage.run(["report", "b1", "--format", "jsonl"]);
    expect(report.stdout.trim().split("\n")).toHaveLength(120);
    expect(run.last()["report"]).toBe(join(stage.home, "reports", "b1", "report.csv"));
    expect((await stage.run(["list"])).stdout).toMatch(/b1\s+completed\s+120/);
    const undo = await stage.run(["undo", "b1", "--yes", "--json"]);
    expect([undo.status, undo.last()["removed"]]).toEqual([0, 120]);
    expect([...stage.simulator.tickets().values()].flat()).toEqual([]);
    expect(stage.simulator.violations()).toEqual(NO_VIOLATIONS);
    expect((await stage.run(["doctor"])).stdout).toContain(`${LOCATION} can be written and read`);
    expect((await stage.run(["forget", "b1", "--yes"])).status).toBe(0);
    expect((await stage.run(["report", "b1"])).status).toBe(2);
    const objects = await readdir(join(storage.folder, "team", "ledger"));
    expect(objects.sort()).toEqual(["batches", "forgotten", "leases", "storage.json"]);
    expect((await readdir(TMPDIR)).filter((name) => LEFTOVER.test(name))).toEqual([]);
  },
);

test.skipIf(whyNoObjectStorage !== undefined)(
  "workers that share only the bucket run a batch: when one is killed, another continues it",
  async () => {
    await using storage = await startObjectStorage();
    const env = { ...storage.env, CASELINK_LEDGER: LOCATION, TEMPORAL_ADDRESS: inject("temporalAddress") };
    const faults = { create: { lostResponse: 0.05, http500AfterWrite: 0.02 }, list: { http503: 0.02 } };
    await using stage = await openProcessHarness({ latencyMs: 25, faults }, env);
    const elsewhere = (name: string) => ({ CASELINK_HOME: join(stage.folder, name), HOME: join(stage.folder, name) });
    const first = await stage.startWorkerProcess(elsewhere("one"));
    const input = await stage.write("in.csv", csv(...rowsOf(400, 2)));
    const run = stage.start(["run", input, "--batch", "shared", "--yes", "--json"]);
    await stage.simulator.waitFor(({ counts }) => counts.written >= 250);
    first.child.kill("SIGKILL");
    await first.ended;
    expect(stage.simulator.counts().written).toBeLessThan(800);
    await stage.startWorkerProcess(elsewhere("two"));
    const ended = await run.ended;
    expect([ended.status, ended.last()["created"]]).toEqual([0, 800]);
    expect(stage.simulator.counts().written).toBe(800);
    expect(stage.simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);

test.skipIf(whyNoObjectStorage !== undefined)(
  "misconfigured object storage is reported with the reason and exit status 2",
  async () => {
    await using storage = await startObjectStorage();
    await using stage = await openProcessHarness({}, storage.env);
    await stage.write("in.csv", csv("T1,r1,g"));
    const cases: [env: NodeJS.ProcessEnv, message: RegExp][] = [
      [{ CASELINK_LEDGER: "s3://no-such-bucket/x" }, /no bucket "no-such-bucket"/],
      [{ AWS_SECRET_ACCESS_KEY: "wrong-secret" }, /AWS_SECRET_ACCESS_KEY/],
      [{ AWS_ACCESS_KEY_ID: "UNKNOWNKEY" }, /AWS_ACCESS_KEY_ID/],
      [{ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }, /no keys for the object storage/],
      [{ AWS_REGION: "eu-west-9" }, /another region, not in eu-west-9: set AWS_REGION/],
      [{ AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1" }, /127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/],
      [{ AWS_ENDPOINT_URL_S3: "http://key:hidden@127.0.0.1:1" }, /AWS_ENDPOINT_URL_S3 is not a plain/],
      [{ CASELINK_LEDGER: "s3://" }, /s3:\/\/bucket\/prefix/],
    ];
    for (const [env, message] of cases) {
      for (const command of [["run", "in.csv"], ["list"], ["report", "b1"]]) {
        const { status, stdout, stderr } = await stage.run(command, { env: { CASELINK_LEDGER: LOCATION, ...env } });
        expect([status, stdout, stderr]).toEqual([2, "", expect.stringMatching(message)]);
        expect(stderr).not.toMatch(/wrong-secret|hidden|caselink-test-secret|\n {4}at /);
      }
    }
    const cluster = { TEMPORAL_ADDRESS: inject("temporalAddress"), CASELINK_LEDGER: "s3://no-such-bucket/x" };
    const worker = await stage.run(["worker"], { env: cluster });
    expect([worker.status, worker.stderr]).toEqual([2, expect.stringContaining('no bucket "no-such-bucket"')]);
  },
);
