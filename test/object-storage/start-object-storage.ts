import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";
import { buildWithGo, installTool } from "../../scripts/install-tool.ts";

export const BUCKET = "caselink-test";

/** A running S3 server with one bucket. Its objects are the files in `folder`. */
export interface ObjectStorage extends AsyncDisposable {
  url: string;
  /** The bucket's folder. */
  folder: string;
  readonly port: number;
  readonly pid: number | undefined;
  /** The AWS variables for a client of this server. */
  env: Record<string, string>;
  /** Kills the server. */
  kill(): Promise<void>;
  /** Starts it again on the same port and files. */
  start(): Promise<void>;
}

const server = await installTool({
  name: "versitygw",
  version: "v1.8.0",
  program: "versitygw",
  install: buildWithGo("github.com/versity/versitygw/cmd/versitygw@v1.8.0"),
  takes: "about 2 minutes",
});

/** The reason why tests with object storage cannot run on this machine; undefined if they can. */
export const whyNoObjectStorage = "missing" in server ? server.missing : undefined;
if (whyNoObjectStorage !== undefined)
  console.error(`tests on object storage are skipped: no S3 server, ${whyNoObjectStorage}`);

/** @param options `domain`: the server also has addresses that begin with the bucket, below this domain */
export async function startObjectStorage({ domain }: { domain?: string } = {}): Promise<ObjectStorage> {
  if ("missing" in server) throw new Error(server.missing);
  const { path } = server;
  const root = await mkdtemp(join(tmpdir(), "caselink-s3-"));
  const folder = join(root, BUCKET);
  await mkdir(folder);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const access = "CASELINKTESTKEY";
  const secret = "caselink-test-secret";
  const flags = ["--port", `127.0.0.1:${port}`, "--keep-alive", "--quiet"];
  if (domain !== undefined) flags.push("--virtual-domain", domain);
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();

  async function start(): Promise<void> {
    const started = spawn(path, [...flags, "posix", root], {
      env: { PATH: process.env["PATH"], ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    ended = once(started, "close");
    let output = "";
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    await waitUntilReady(url, () => {
      if (started.exitCode !== null) throw new Error(`the S3 server ended: ${output}`);
    });
  }

  async function kill(): Promise<void> {
    child?.kill("SIGKILL");
    await ended;
  }

  await start();
  return {
    url,
    folder,
    port,
    get pid() {
      return child?.pid;
    },
    kill,
    start,
    env: {
      AWS_ENDPOINT_URL_S3: url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: access,
      AWS_SECRET_ACCESS_KEY: secret,
      // Keeps this machine's own AWS configuration out of the tests.
      AWS_CONFIG_FILE: join(root, "none"),
      AWS_SHARED_CREDENTIALS_FILE: join(root, "none"),
      AWS_EC2_METADATA_DISABLED: "true",
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Waits for any HTTP response: the server prints nothing when it begins to listen. */
async function waitUntilReady(url: string, assertAlive: () => void): Promise<void> {
  for (;;) {
    assertAlive();
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
