import { execFile } from "node:child_process";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";
import { withFileLock } from "../packages/cli/src/local/file-lock.ts";

const require = createRequire(import.meta.url);

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

export const NO_CHROMIUM =
  "there is no Chromium on the PATH, CHROMIUM_PATH is not set, and the npm package has one only for Linux on x64";

/** Options for playwright's `launch`. */
export interface ChromiumLaunch {
  executablePath: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

/**
 * The Chromium for the tests of pages: the one that `CHROMIUM_PATH` names, else one on the PATH, else the one of the npm
 * package `@sparticuz/chromium`; undefined if the package has none for this platform.
 */
export async function findChromium(): Promise<ChromiumLaunch | undefined> {
  const { env } = process;
  // Chromium's sandbox does not work for root, and not in most containers.
  const args = ["--no-sandbox"];
  const folders = (env["PATH"] ?? "").split(path.delimiter);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  for (const executablePath of env["CHROMIUM_PATH"] ? [env["CHROMIUM_PATH"]] : onPath)
    if (await exists(executablePath)) return { executablePath, args, env };

  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const folder = await unpackChromium();
  return {
    executablePath: path.join(folder, "chromium"),
    args,
    // Its own libraries and fonts, so that a machine needs none and a page looks the same on every machine.
    env: { ...env, LD_LIBRARY_PATH: path.join(folder, "al2023/lib"), FONTCONFIG_PATH: path.join(folder, "fonts") },
  };
}

/** The fonts next to this file. The package's own file names folders of AWS Lambda. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir></fontconfig>
`;

/** The package unpacks into the folder for temporary files of its process, and the libraries only on AWS Lambda. */
const UNPACK_SCRIPT = "import(process.argv[1]).then(({ default: chromium }) => chromium.executablePath())";

/** Unpacks the npm package's Chromium once for all checkouts, in 2 s, and returns its folder. */
async function unpackChromium(): Promise<string> {
  const entry = require.resolve("@sparticuz/chromium");
  const manifest = await readFile(path.join(path.dirname(entry), "../package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  const parent = path.join(envPaths("caselink", { suffix: "" }).cache, "chromium");
  const folder = path.join(parent, version);
  return withFileLock(path.join(parent, "lock"), async () => {
    if (await exists(folder)) return folder;
    const unfinished = path.join(parent, "unfinished");
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    await promisify(execFile)(process.execPath, ["-e", UNPACK_SCRIPT, entry], {
      env: { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" },
    });
    await writeFile(path.join(unfinished, "fonts/fonts.conf"), FONTS_CONF);
    await rename(unfinished, folder);
    return folder;
  });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
