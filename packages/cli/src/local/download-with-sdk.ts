import { chmod, mkdir, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { childEnvironment } from "./child-environment.ts";
import { explainFailure, type InstallOptions, type InstallResult, withProgress } from "./install-way.ts";
import { runCommand } from "./run-command.ts";

const require = createRequire(import.meta.url);

/**
 * The SDK downloads only as a part of starting a server, and this cannot be aborted. Therefore it runs in a process of its
 * own, which prints the size of the folder whenever it grows.
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

/** Installs the CLI with the Temporal SDK's own download. */
export async function downloadWithSdk(
  version: string,
  { workFolder, env, signal, downloadLimitMs, log }: InstallOptions,
): Promise<InstallResult> {
  const folder = join(workFolder, "download");
  await mkdir(folder);
  const testing = require.resolve("@temporalio/testing");
  let bytes = 0;
  const { failure, output } = await withProgress(
    log,
    () => `${Math.round(bytes / 1e6)} MB so far`,
    () =>
      runCommand(process.execPath, ["-e", DOWNLOAD_SCRIPT, testing, folder, version], {
        env: childEnvironment(env),
        limitMs: downloadLimitMs,
        signal,
        onLine(line, extend) {
          const received = /^received (\d+)$/.exec(line)?.[1];
          if (received === undefined) return;
          bytes = Number(received);
          extend();
        },
      }),
  );
  // The caller checks the executable by starting it. So the reason why its first server failed does not matter.
  const name = (await readdir(folder)).find((name) => /^temporal.*(?<!\.downloading)$/i.test(name));
  if (name === undefined) return { failure: explainFailure(failure ?? "it left no executable", output) };
  const file = join(folder, name);
  await chmod(file, 0o755);
  return { file };
}
