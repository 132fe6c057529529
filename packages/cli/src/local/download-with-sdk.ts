import { chmod, mkdir, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { t } from "../language/words.ts";
import { childEnvironment } from "./child-environment.ts";
import { DOWNLOAD_SCRIPT } from "./download-script.ts";
import { explainFailure, type InstallOptions, type InstallResult, withProgress } from "./install-way.ts";
import { runCommand } from "./run-command.ts";

const require = createRequire(import.meta.url);

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
    () => t`${Math.round(bytes / 1e6)} MB so far`,
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
