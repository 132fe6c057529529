import { access, constants, stat } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import envPaths from "env-paths";
import { UserError } from "../user-error.ts";
import { childEnvironment } from "./child-environment.ts";
import { withFileLock } from "./file-lock.ts";
import { installTemporalCli, TEMPORAL_CLI_VERSION } from "./install-temporal-cli.ts";
import { runCommand } from "./run-command.ts";
import { type FailedTry, TemporalCliError } from "./temporal-cli-error.ts";

const EXECUTABLE = process.platform === "win32" ? "temporal.exe" : "temporal";

/** A first start may wait for a virus scanner to read 250 MB. */
const VERSION_LIMIT_MS = 30_000;

export interface FindTemporalCliOptions {
  env: NodeJS.ProcessEnv;
  /** Gets a line for each thing that is tried, and why it went on from there. */
  log: (line: string) => void;
  signal?: AbortSignal;
  /** Where an installed CLI is kept for all checkouts and projects. Default: the platform's cache folder. */
  cacheFolder?: string;
  /** How long a download may make no progress. Default: 60 s. */
  downloadLimitMs?: number;
}

/**
 * The path of a Temporal CLI: `CASELINK_TEMPORAL_CLI`, else `temporal` on the PATH, else the one in our cache, which is
 * filled first where it is empty: by download, else with Go, which takes minutes once.
 *
 * Throws {@link TemporalCliError} where there is none to be had, and {@link UserError} where the setting names something
 * that is none.
 */
export async function findTemporalCli({
  env,
  log,
  signal,
  cacheFolder = envPaths("caselink", { suffix: "" }).cache,
  downloadLimitMs = 60_000,
}: FindTemporalCliOptions): Promise<string> {
  const tries: FailedTry[] = [];
  const giveUp = (way: string, reason: string) => {
    tries.push({ way, reason });
    log(`Temporal CLI: ${way}: ${reason}`);
  };

  const present = await findPresentTemporalCli({ env, giveUp, cacheFolder, ...(signal && { signal }) });
  if (present !== undefined) return present;
  const cached = cachedCli(cacheFolder);
  const folder = dirname(cached);
  return withFileLock(
    join(folder, "lock"),
    async () => {
      // Another process may have installed it while this one waited.
      if (await isExecutable(cached)) return cached;
      const check = async (file: string) => (await readVersion(file, env, signal)).fault;
      const installed = await installTemporalCli({ target: cached, env, log, signal, downloadLimitMs, check, giveUp });
      if (!installed) throw new TemporalCliError(tries);
      return cached;
    },
    { signal, onWait: () => log("Temporal CLI: another process is installing it; waiting for that one") },
  );
}

export interface FindPresentOptions extends Pick<FindTemporalCliOptions, "env" | "signal" | "cacheFolder"> {
  /** Told of each place where there is none. */
  giveUp?: (way: string, reason: string) => void;
}

/** Like {@link findTemporalCli}, but a look only: installs nothing; undefined where none is there. */
export async function findPresentTemporalCli({
  env,
  signal,
  cacheFolder = envPaths("caselink", { suffix: "" }).cache,
  giveUp = () => undefined,
}: FindPresentOptions): Promise<string | undefined> {
  const setting = env["CASELINK_TEMPORAL_CLI"];
  if (setting) return checkSetting(setting, env, signal);

  const onPath = await findOnPath(env);
  if (onPath === undefined) giveUp("temporal on the PATH", "not there");
  else {
    const { fault } = await readVersion(onPath, env, signal);
    if (fault === undefined) return onPath;
    giveUp(`temporal on the PATH (${onPath})`, fault);
  }

  const cached = cachedCli(cacheFolder);
  if (await isExecutable(cached)) return cached;
  giveUp(`the cache (${cached})`, "not there yet");
  return undefined;
}

const cachedCli = (cacheFolder: string): string => join(cacheFolder, "temporal", TEMPORAL_CLI_VERSION, EXECUTABLE);

async function checkSetting(setting: string, env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<string> {
  const path = resolve(setting);
  const refuse = (reason: string) =>
    new UserError(
      `CASELINK_TEMPORAL_CLI is ${JSON.stringify(setting)}: ${reason}. ` +
        "Set it to the path of a Temporal CLI, or unset it and caselink looks for one itself.",
    );
  if ((await stat(path).catch(() => undefined)) === undefined) throw refuse("there is no such file");
  if (!(await isExecutable(path))) throw refuse("this is not an executable file");
  const { fault } = await readVersion(path, env, signal);
  if (fault !== undefined) throw refuse(fault);
  return path;
}

async function findOnPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    const path = resolve(folder, EXECUTABLE);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Other programs are called temporal too. */
async function readVersion(
  path: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<{ fault: string | undefined }> {
  const { failure, output } = await runCommand(path, ["--version"], {
    env: childEnvironment(env),
    limitMs: VERSION_LIMIT_MS,
    signal,
  });
  if (failure === undefined && /^temporal version /m.test(output)) return { fault: undefined };
  const said = output === "" ? "nothing" : JSON.stringify(output.slice(0, 200));
  return { fault: `\`temporal --version\` says ${said}${failure === undefined ? "" : ` (${failure})`}` };
}
