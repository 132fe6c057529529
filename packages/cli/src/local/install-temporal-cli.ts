import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { childEnvironment } from "./child-environment.ts";
import { runCommand } from "./run-command.ts";

/** The newest version that `go install` accepts: the module files of later ones have replace directives. */
export const TEMPORAL_CLI_VERSION = "v1.5.1";

const GO_MODULE = "github.com/temporalio/cli";

/** From an empty Go cache it takes 4 to 8 minutes on two cores. */
const GO_LIMIT_MS = 45 * 60_000;

/** A module proxy that cannot be reached must not hold anybody up. */
const GO_PROXY_LIMIT_MS = 60_000;

const PROGRESS_EVERY_MS = 20_000;

const require = createRequire(import.meta.url);

export interface InstallTemporalCliOptions {
  /** The file to leave it in. Its folder is ours alone, and the caller holds the lock on it. */
  target: string;
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
  signal: AbortSignal | undefined;
  downloadLimitMs: number;
  /** What is wrong with an executable, if anything. */
  check: (file: string) => Promise<string | undefined>;
  giveUp: (way: string, reason: string) => void;
}

/** Makes `target` in one of two ways; false where neither worked. Nothing half done is ever left under that name. */
export async function installTemporalCli(options: InstallTemporalCliOptions): Promise<boolean> {
  const { target, check, giveUp, log } = options;
  const folder = dirname(target);
  for (const name of await readdir(folder)) {
    // What a killed process left behind: nobody else can be at work, as we hold the lock.
    if (name.startsWith("unfinished-")) await rm(join(folder, name), { recursive: true, force: true });
  }
  const workFolder = await mkdtemp(join(folder, "unfinished-"));
  try {
    for (const { way, make } of [
      { way: `the Temporal SDK's download of the CLI ${TEMPORAL_CLI_VERSION}`, make: download },
      { way: `go install ${GO_MODULE}/cmd/temporal@${TEMPORAL_CLI_VERSION}`, make: buildWithGo },
    ]) {
      const startedAt = performance.now();
      log(`Temporal CLI: trying ${way}`);
      const made = await make(workFolder, options);
      const fault = "fault" in made ? made.fault : await check(made.file);
      if (fault !== undefined || !("file" in made)) {
        giveUp(way, fault ?? "");
        continue;
      }
      await rename(made.file, target);
      log(`Temporal CLI: installed as ${target} in ${describeSpan(performance.now() - startedAt)}`);
      return true;
    }
    return false;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

type Made = { file: string } | { fault: string };

/**
 * The SDK downloads only on its way to a started server, and cannot be stopped in the middle: so it works in a process of
 * its own, which tells of every growth of the folder.
 */
const DOWNLOAD_SCRIPT = `
const { readdirSync, statSync } = require("node:fs");
const [testing, downloadDir, version] = process.argv.slice(1);
let size = 0;
setInterval(() => {
  const sum = readdirSync(downloadDir).reduce((sum, name) => sum + statSync(downloadDir + "/" + name).size, 0);
  if (sum > size) console.log("received " + (size = sum));
}, 500).unref();
require(testing).TestWorkflowEnvironment.createLocal({
  server: { executable: { type: "cached-download", version, downloadDir } },
}).then(
  async (environment) => { await environment.teardown(); process.exit(0); },
  (error) => { console.error(error.message); process.exit(1); },
);
`;

async function download(
  workFolder: string,
  { env, signal, downloadLimitMs, log }: InstallTemporalCliOptions,
): Promise<Made> {
  const folder = join(workFolder, "download");
  await mkdir(folder);
  const testing = require.resolve("@temporalio/testing");
  const report = every(PROGRESS_EVERY_MS);
  const { failure, output } = await runCommand(
    process.execPath,
    ["-e", DOWNLOAD_SCRIPT, testing, folder, TEMPORAL_CLI_VERSION],
    {
      env: childEnvironment(env),
      limitMs: downloadLimitMs,
      signal,
      onLine(line, extend) {
        const bytes = /^received (\d+)$/.exec(line)?.[1];
        if (bytes === undefined) return;
        extend();
        report(() => log(`Temporal CLI: ${Math.round(Number(bytes) / 1e6)} MB so far`));
      },
    },
  );
  // A binary that is there is checked by starting it, so it does not matter why its first server failed.
  const name = (await readdir(folder)).find((name) => /^temporal.*(?<!\.downloading)$/i.test(name));
  if (name === undefined) return { fault: explain(failure ?? "it left no executable", output) };
  const file = join(folder, name);
  await chmod(file, 0o755);
  return { file };
}

async function buildWithGo(workFolder: string, { env, signal, target, log }: InstallTemporalCliOptions): Promise<Made> {
  const { GOOS: _os, GOARCH: _arch, ...host } = childEnvironment(env);
  const goEnv = { ...host, GOBIN: join(workFolder, "bin"), GO111MODULE: "on" };
  const go = (args: string[], limitMs: number, onLine?: () => void) =>
    runCommand("go", args, { env: goEnv, cwd: workFolder, limitMs, signal, ...(onLine && { onLine }) });

  const version = await go(["version"], GO_PROXY_LIMIT_MS);
  if (version.failure?.includes("ENOENT")) return { fault: "there is no go on the PATH" };
  if (version.failure !== undefined) return { fault: explain(version.failure, version.output) };
  const module = await go(["list", "-m", `${GO_MODULE}@${TEMPORAL_CLI_VERSION}`], GO_PROXY_LIMIT_MS);
  if (module.failure !== undefined) return { fault: explain(module.failure, module.output) };

  log("Temporal CLI: building it with Go; this happens once and takes 4 to 8 minutes on two cores");
  const startedAt = performance.now();
  const report = every(PROGRESS_EVERY_MS);
  let packages = 0;
  const timer = setInterval(() => {
    report(() =>
      log(`Temporal CLI: still building, ${packages} packages, ${describeSpan(performance.now() - startedAt)}`),
    );
  }, 1_000);
  try {
    // -v names each package as it is compiled; without symbol tables (-s -w) the file is 213 instead of 252 MB.
    const args = ["install", "-v", "-ldflags=-s -w", `${GO_MODULE}/cmd/temporal@${TEMPORAL_CLI_VERSION}`];
    const { failure, output } = await go(args, GO_LIMIT_MS, () => (packages += 1));
    return failure === undefined
      ? { file: join(workFolder, "bin", basename(target)) }
      : { fault: explain(failure, output) };
  } finally {
    clearInterval(timer);
  }
}

function explain(failure: string, output: string): string {
  return output === "" ? failure : `${failure}: ${output.replaceAll(/\s*\n\s*/g, "; ").slice(-600)}`;
}

/** Lets a call through at most once in a while, and not at once. */
function every(ms: number): (call: () => void) => void {
  let last = performance.now();
  return (call) => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    call();
  };
}

function describeSpan(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
