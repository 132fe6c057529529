import { join } from "node:path";
import { t } from "../language/words.ts";
import { childEnvironment } from "./child-environment.ts";
import { explainFailure, type InstallOptions, type InstallResult, withProgress } from "./install-way.ts";
import { runCommand } from "./run-command.ts";

const GO_MODULE = "github.com/temporalio/cli";
export const GO_PACKAGE = `${GO_MODULE}/cmd/temporal`;

/** From an empty Go cache the build takes 4 to 8 minutes on two cores. */
const BUILD_LIMIT_MS = 45 * 60_000;

/** The limit for the questions before the build, so that a module proxy without a response delays no one for long. */
const QUESTION_LIMIT_MS = 60_000;

/** Builds the CLI with Go. The build is for this machine, also if the environment sets another target. */
export async function buildWithGo(
  version: string,
  { workFolder, executable, env, signal, log }: InstallOptions,
): Promise<InstallResult> {
  const { GOOS: _os, GOARCH: _arch, ...host } = childEnvironment(env);
  const goEnv = { ...host, GOBIN: join(workFolder, "bin"), GO111MODULE: "on" };
  const go = (args: string[], limitMs: number, onLine?: () => void) =>
    runCommand("go", args, { env: goEnv, cwd: workFolder, limitMs, signal, ...(onLine && { onLine }) });

  const answer = await go(["version"], QUESTION_LIMIT_MS);
  if (answer.failure?.includes("ENOENT")) return { failure: t`there is no go on the PATH` };
  if (answer.failure !== undefined) return { failure: explainFailure(answer.failure, answer.output) };
  const module = await go(["list", "-m", `${GO_MODULE}@${version}`], QUESTION_LIMIT_MS);
  if (module.failure !== undefined) return { failure: explainFailure(module.failure, module.output) };

  log(t`Temporal CLI: building it with Go; this happens once and takes 4 to 8 minutes on two cores`);
  let packages = 0;
  const { failure, output } = await withProgress(
    log,
    (elapsed) => t`still building, ${packages} packages, ${elapsed}`,
    () => {
      // -v prints each package as it is compiled; without symbol tables (-s -w) the file has 213 instead of 252 MB.
      const args = ["install", "-v", "-ldflags=-s -w", `${GO_PACKAGE}@${version}`];
      return go(args, BUILD_LIMIT_MS, () => (packages += 1));
    },
  );
  if (failure !== undefined) return { failure: explainFailure(failure, output) };
  return { file: join(workFolder, "bin", executable) };
}
