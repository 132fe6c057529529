import { randomBytes } from "node:crypto";
import { connectToTemporal, readCluster } from "@caselink/test-support/cluster";
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";
import { batchWorkflowId } from "@caselink/workflows";
import { expect, test } from "vitest";

const newKey = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;

test("commands and workers with a key file encrypt, and a command without the key says which one it needs", async () => {
  const keys = [newKey("2026-11"), newKey("2026-05")];
  await using stage = await openCluster();
  const file = await stage.write("keys", `# first encrypts\n${keys.join("\n")}\n`);
  const env = { CASELINK_ENCRYPTION_KEY_FILE: `${stage.folder}/${file}` };
  const worker = await stage.startWorkerProcess(env);
  await stage.write("in.csv", csv(...rowsOf(20)));
  const batch = newBatch("encrypted");
  const { status, last } = await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--json"], { env });
  expect([status, last()["created"]]).toEqual([0, 20]);
  const text = await readCluster(await connectToTemporal(), `WorkflowId = '${batchWorkflowId(batch)}'`);
  expect(text).toContain("2026-11");
  expect(text).not.toMatch(/giveUpAfterMs|results_sha256|rows of/);
  const verified = await stage.run(["verify", batch, "--json"], { env });
  expect([verified.status, verified.last()["recorded"]]).toEqual([0, "ended"]);

  const next = newBatch("encrypted");
  await stage.run(["run", "in.csv", "--batch", next, "--yes", "--max-rate", "0.1", "--detach"], { env });
  for (const other of [{}, { CASELINK_ENCRYPTION_KEYS: newKey("else") }]) {
    for (const command of [
      ["attach", next],
      ["status", next],
      ["cancel", next],
      ["verify", batch],
    ]) {
      const ended = await stage.run(command, { env: other });
      expect([command, ended.status, ended.stderr]).toEqual([
        command,
        2,
        expect.stringContaining("encrypted with the key 2026-11"),
      ]);
      expect(ended.stderr).toContain("CASELINK_ENCRYPTION_KEY_FILE");
    }
  }
  expect((await stage.run(["cancel", next], { env })).status).toBe(0);
  const said = worker.printed();
  for (const key of keys) expect(said).not.toContain(key.split(":")[1]);
});

test("a worker without the key reports in its log which key it lacks", async () => {
  await using stage = await openCluster();
  const worker = await stage.startWorkerProcess();
  await stage.write("in.csv", csv("T1,R1,g"));
  const env = { CASELINK_ENCRYPTION_KEYS: newKey("2026-11") };
  await stage.run(["run", "in.csv", "--batch", newBatch("keyless"), "--yes", "--detach"], { env });
  await worker.says("encrypted with the key 2026-11, and there are no keys here");
  expect(worker.child.exitCode).toBeNull();
});

test("keys that cannot be used are an error of the configuration that shows nothing of them", async () => {
  await using stage = await openCluster();
  const secret = randomBytes(32).toString("base64");
  await stage.write("in.csv", csv("T1,R1,g"));
  await stage.write("keys", secret);
  for (const [env, message] of [
    [{ CASELINK_ENCRYPTION_KEYS: secret }, "CASELINK_ENCRYPTION_KEYS: key 1 is not ID:KEY"],
    [{ CASELINK_ENCRYPTION_KEYS: `a:${secret.slice(4)}` }, "key 1 (a) is not 32 bytes in base64"],
    [
      { CASELINK_ENCRYPTION_KEY_FILE: "/nowhere" },
      "CASELINK_ENCRYPTION_KEY_FILE names /nowhere, which cannot be read (ENOENT)",
    ],
    [{ CASELINK_ENCRYPTION_KEY_FILE: `${stage.folder}/keys` }, "(CASELINK_ENCRYPTION_KEY_FILE): key 1 is not ID:KEY"],
    [{ CASELINK_ENCRYPTION_KEY_FILE: "x", CASELINK_ENCRYPTION_KEYS: "y" }, "are both set: unset one"],
  ] as const) {
    for (const command of [["run", "in.csv", "--yes"], ["codec-server"], ["cluster", "check"], ["doctor"]]) {
      const { status, stdout, stderr } = await stage.run(command, { env });
      expect([command, status, stdout + stderr]).toEqual([command, 2, expect.stringContaining(message)]);
      expect(stdout + stderr).not.toContain(secret.slice(8, 20));
    }
    const worker = await stage.start(["worker"], { env }).ended;
    expect([worker.status, worker.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});

test("codec-server listens on this machine, and elsewhere only with a token", async () => {
  await using stage = await openCluster({}, { CASELINK_ENCRYPTION_KEYS: newKey("one") });
  const server = stage.follow(["codec-server", "--json", "--origin", "http://localhost:8233"]);
  await server.says('"listening"');
  const [, url = ""] = /"url":"([^"]+)"/.exec(server.printed()) ?? [];
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const headers = { origin: "http://localhost:8233" };
  const response = await fetch(`${url}/decode`, { method: "POST", headers, body: '{"payloads":[]}' });
  expect([response.status, await response.json()]).toEqual([200, { payloads: [] }]);
  for (const [args, env, message] of [
    [["--host", "0.0.0.0"], {}, "Set CASELINK_CODEC_TOKEN"],
    [["--port", new URL(url).port], {}, "is in use"],
    [["--origin", "https://temporal.example.com/"], {}, "is no origin"],
    [[], { CASELINK_ENCRYPTION_KEYS: undefined }, "there are no keys to decrypt with"],
  ] as const) {
    const { status, stderr } = await stage.run(["codec-server", ...args], { env });
    expect([args, status, stderr]).toEqual([args, 2, expect.stringContaining(message)]);
  }
});
