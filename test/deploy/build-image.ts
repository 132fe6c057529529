import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { root } from "../../scripts/run-tool.ts";
import { applyDockerignore, readDockerfile, readEnv, readExecForm } from "./read-dockerfile.ts";

const DOCKERFILE = join(root, "deploy/docker/Dockerfile");
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What builds need of this machine to reach a registry. */
const NETWORK_VARIABLES = /^(?:npm_config_registry|https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_file)$/i;

/** A stage of the Dockerfile: this machine's files, with those that the stage changed over them. */
interface Stage {
  readonly folder: string;
  env: Record<string, string>;
  workdir: string;
  user: string;
  entrypoint: string[];
  command: string[];
  healthcheck: string[];
}

/** The folder with the files that a stage has added or changed. */
const changesOf = ({ folder }: Stage): string => join(folder, "changes");

/**
 * The image that the steps of the Dockerfile make, without Docker: each step runs in a root folder that is this machine's,
 * with an overlay for the changes, in place of the base image. Its Node is the one of this process.
 */
export interface Image extends AsyncDisposable {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  /**
   * Starts a program as a container would: process 1 of its own process namespace, as the image's user, without
   * capabilities, on a read-only root folder with an empty `/tmp`. The network is this machine's.
   *
   * @param data a folder that is mounted as `/data`; default: none
   */
  readonly start: (args: readonly string[], env: Readonly<Record<string, string>>, data?: string) => Container;
}

interface Container {
  /** All that it printed and its status, when it has ended. */
  readonly ended: Promise<{ status: number | null; stdout: string; stderr: string }>;
  /** Sends a signal to its process 1. */
  readonly signal: (signal: NodeJS.Signals) => Promise<void>;
}

/** The reason why no image can be made on this machine; undefined if it can. */
export async function whyNoImage(): Promise<string | undefined> {
  if (process.platform !== "linux") return "an image needs Linux";
  if (process.getuid?.() !== 0) return "an image needs root, for a root folder of its own";
  const stage = await openStage();
  try {
    await promisify(execFile)("unshare", unshared(`${mountRoot(stage)} && chroot "$root" setpriv --version`));
    return undefined;
  } catch (error) {
    return `no root folder of its own can be mounted here: ${(error as Error).message}`;
  } finally {
    await rm(stage.folder, { recursive: true });
  }
}

/** Runs all steps of the Dockerfile. */
export async function buildImage(): Promise<Image> {
  const stages = new Map<string, Stage>();
  const context = await copyContext();
  let stage: Stage | undefined;
  const dispose = async () => {
    for (const folder of [context, ...[...stages.values()].map((each) => each.folder)])
      await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const { keyword, argument } of readDockerfile(await readFile(DOCKERFILE, "utf8"))) {
      if (keyword === "FROM") {
        stage = await openStage();
        stages.set(/ AS (\w+)$/.exec(argument)?.[1] ?? "", stage);
        await mkdir(join(changesOf(stage), "usr/local/bin"), { recursive: true });
        await copyFile(process.execPath, join(changesOf(stage), "usr/local/bin/node"));
      } else if (stage === undefined) throw new Error(`${keyword} comes before FROM`);
      else if (keyword === "COPY") await copyInto(stage, argument, { context, stages });
      else await take(stage, keyword, argument);
    }
    if (stage === undefined) throw new Error("the Dockerfile has no stage");
    const image = stage;
    const { entrypoint, command, healthcheck } = image;
    return {
      entrypoint,
      command,
      healthcheck,
      start: (args, env, data) => startContainer(image, args, env, data),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "caselink-image-"));
  for (const name of ["changes", "work", "root"]) await mkdir(join(folder, name));
  return { folder, env: {}, workdir: "/", user: "0:0", entrypoint: [], command: [], healthcheck: [] };
}

/** The files of the checkout that the build gets: those in git that `.dockerignore` does not leave out. */
async function copyContext(): Promise<string> {
  const { stdout } = await promisify(execFile)("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  const context = await mkdtemp(join(tmpdir(), "caselink-context-"));
  const ignore = await readFile(`${DOCKERFILE}.dockerignore`, "utf8");
  for (const file of applyDockerignore(ignore, stdout.trim().split("\n"))) {
    await mkdir(dirname(join(context, file)), { recursive: true });
    await cp(join(root, file), join(context, file));
  }
  return context;
}

async function take(stage: Stage, keyword: string, argument: string): Promise<void> {
  switch (keyword) {
    case "RUN":
      return runStep(stage, argument);
    case "WORKDIR":
      stage.workdir = argument;
      return runStep(stage, `mkdir -p ${argument}`, "/");
    case "ENV":
      stage.env = { ...stage.env, ...readEnv(argument) };
      return undefined;
    case "USER":
      stage.user = argument;
      return undefined;
    case "ENTRYPOINT":
      stage.entrypoint = readExecForm(argument);
      return undefined;
    case "CMD":
      stage.command = readExecForm(argument);
      return undefined;
    case "HEALTHCHECK":
      stage.healthcheck = readExecForm(argument.slice(argument.indexOf(" CMD ") + " CMD ".length));
      return undefined;
    case "EXPOSE":
    case "STOPSIGNAL":
    case "LABEL":
      return undefined;
    default:
      throw new Error(`the instruction ${keyword} is not known here`);
  }
}

/** `COPY [--from=STAGE] SOURCE TARGET`: of a folder, its content. */
async function copyInto(
  stage: Stage,
  argument: string,
  { context, stages }: { context: string; stages: ReadonlyMap<string, Stage> },
): Promise<void> {
  const [, from, source = "", target = ""] = /^(?:--from=(\w+) )?(\S+) (\S+)$/.exec(argument) ?? [];
  const origin = from === undefined ? undefined : stages.get(from);
  if (from !== undefined && origin === undefined) throw new Error(`there is no stage ${from}`);
  const path = join(origin === undefined ? context : changesOf(origin), source);
  const absolute = posix.resolve(stage.workdir, target);
  const destination = join(
    changesOf(stage),
    target.endsWith("/") ? posix.join(absolute, posix.basename(source)) : absolute,
  );
  await mkdir(dirname(destination), { recursive: true });
  // As it is, with links.
  await cp(path, destination, { recursive: true, verbatimSymlinks: true });
}

/** A shell script that mounts the stage's root folder and leaves its path in `$root`. */
function mountRoot({ folder }: Stage, mode: "writable" | "read-only" = "writable"): string {
  return [
    `mount --make-rprivate / && root=${folder}/root`,
    `mount -t overlay overlay -o lowerdir=/,upperdir=${folder}/changes,workdir=${folder}/work "$root"`,
    // Layers of which one is in the other can only be mounted with changes.
    ...(mode === "read-only" ? ['mount -o remount,ro "$root"'] : []),
    `mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc"`,
  ].join(" && ");
}

/** The arguments of `unshare` for a script with mounts and processes of its own. */
const unshared = (script: string): string[] => ["--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", script];

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Runs a shell command of a step, as root. */
async function runStep(stage: Stage, command: string, folder = stage.workdir): Promise<void> {
  const network = Object.entries(process.env).filter(([name]) => NETWORK_VARIABLES.test(name));
  const env = { ...Object.fromEntries(network), PATH, HOME: "/root", ...stage.env };
  const script = `${mountRoot(stage)} && exec chroot "$root" env --chdir=${folder} sh -c ${quote(command)}`;
  const child = spawn("unshare", unshared(script), { env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (status !== 0) throw new Error(`RUN ${command}\nended with ${String(status)}:\n${stdout}${stderr}`);
}

function startContainer(
  stage: Stage,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  data: string | undefined,
): Container {
  const [user = "", group = ""] = stage.user.split(":");
  const identity = `setpriv --reuid=${user} --regid=${group} --clear-groups --no-new-privs --bounding-set=-all`;
  const script = [
    mountRoot(stage, "read-only"),
    `mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"`,
    ...(data === undefined ? [] : [`mount --bind ${quote(data)} "$root/data"`]),
    `exec chroot "$root" ${identity} env --chdir=${stage.workdir} ${args.map(quote).join(" ")}`,
  ].join(" && ");
  const child = spawn("unshare", unshared(script), {
    env: { PATH, ...stage.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]).then(
    ([stdout, stderr, [status]]) => ({ status: status as number | null, stdout, stderr }),
  );
  return {
    ended,
    signal: async (signal) => {
      // `unshare` has one child, which is process 1 of the container.
      const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
      process.kill(Number(children), signal);
    },
  };
}
