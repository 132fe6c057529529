import { chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator } from "@caselink/simulator";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";
import { BUCKET, startObjectStorage, whyNoObjectStorage } from "../object-storage/start-object-storage.ts";
import { buildImage, type Image, whyNoImage } from "./build-image.ts";
import { applyDockerignore } from "./read-dockerfile.ts";

const reason = whyNoObjectStorage ?? (await whyNoImage());
if (reason !== undefined) console.log(`skipped: ${reason}`);

const USER = 10_001;
let image: Image;
beforeAll(async () => {
  if (reason === undefined) image = await buildImage();
}, 1_200_000);
afterAll(() => image?.[Symbol.asyncDispose](), 120_000);

test("the last pattern of .dockerignore that matches a file or its folder counts", () => {
  const files = ["README.md", "packages/a/src/b.ts", "packages/a/dist/b.js", "test/c.ts"];
  expect(applyDockerignore("# all\n*\n!packages\n**/dist\n", files)).toEqual(["packages/a/src/b.ts"]);
});

test.skipIf(reason)("the image starts the worker, without a shell that would keep signals from it", () => {
  expect([...image.entrypoint, ...image.command]).toEqual(["caselink", "worker"]);
});

test.skipIf(reason)("the image runs as its user, and writes only to /tmp", async () => {
  const script = "id -u; touch /tmp/a && echo tmp; touch /opt/caselink/a || touch /data/a || echo read-only";
  const { status, stdout } = await image.start(["sh", "-c", script], {}).ended;
  expect({ status, lines: stdout.split("\n") }).toEqual({
    status: 0,
    lines: [`${USER}`, "tmp", "read-only", ""],
  });
});

test.skipIf(reason)("the image has Temporal's core for one platform, and no sources of caselink", async () => {
  const script =
    "du -sm /opt/caselink | cut -f1; find /opt/caselink -path '*/core-bridge/releases/*.node' | wc -l; ls /opt/caselink";
  const { stdout } = await image.start(["sh", "-c", script], {}).ended;
  const [megabytes, cores, ...files] = stdout.trim().split("\n");
  console.log(`the image adds ${megabytes} MB to its base`);
  expect(cores).toBe("1");
  expect(files).toContain("dist");
  expect(files).not.toContain("src");
});

test.skipIf(reason)("worker and command of the image run a batch, and SIGTERM ends the worker", async () => {
  await using simulator = await startSimulator();
  await using storage = await startObjectStorage();
  const data = await mkdtemp(join(tmpdir(), "caselink-data-"));
  await chown(data, USER, USER);
  await writeFile(join(data, "tickets.csv"), "case_id,related_id,group_id\nT1,R1,g\nT1,R2,g\nT2,R1,g\n");
  const health = `127.0.0.1:${await findFreePort()}`;
  const env = {
    ...storage.env,
    TEMPORAL_ADDRESS: inject("temporalAddress"),
    CASELINK_LEDGER: `s3://${BUCKET}/ledger`,
    CASELINK_ENDPOINT: simulator.url,
    CASELINK_TOKEN: "demo-token",
    CASELINK_LANG: "en",
    CASELINK_HEALTH_ADDRESS: health,
    CASELINK_METRICS_ADDRESS: `127.0.0.1:${await findFreePort()}`,
  };
  const checkHealth = async () => (await image.start(image.healthcheck, env).ended).status;
  const batch = `image-${process.pid}`;
  try {
    expect(await checkHealth()).toBe(1);
    const worker = image.start([...image.entrypoint, ...image.command], env);
    const args = ["run", "tickets.csv", "--batch", batch, "--yes", "--json"];
    const command = await image.start([...image.entrypoint, ...args], env, data).ended;
    expect(command).toMatchObject({ status: 0, stdout: expect.stringContaining('"created":3') });
    expect(await readFile(join(data, "reports", batch, "report.csv"), "utf8")).toContain("T1,R2");
    expect(await checkHealth()).toBe(0);
    // As in a container of the worker, which has no folder to write to but /tmp.
    expect(await image.start([...image.entrypoint, "doctor"], env).ended).toMatchObject({ status: 0 });
    await worker.signal("SIGTERM");
    expect(await worker.ended).toMatchObject({ status: 0 });
    expect(await checkHealth()).toBe(1);
  } finally {
    await rm(data, { recursive: true });
  }
});
