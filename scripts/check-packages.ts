// Packs every published package and checks the tarball as users get it: its files, its imports, publint and attw.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData, type Package } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { NOTICES } from "../third-party-notices.ts";
import { isAllowed } from "./check-licences.ts";
import { findUndeclaredImports } from "./find-undeclared-imports.ts";
import { findPublishedPackages } from "./published-packages.ts";
import { root, runTool } from "./run-tool.ts";

/** The files that a tarball must have, and those that it may have. */
const REQUIRED_FILES = ["LICENSE", "README.md", "CHANGELOG.md", "package.json"];
const ALLOWED_FILES = /^(?:LICENSE|README\.md|CHANGELOG\.md|package\.json|dist\/.+)$/;

/** The ways to resolve modules that ES modules alone do not support. */
const IGNORED_RESOLUTIONS = ["node10", "node16-cjs"];

/** The size and the problems of one package. */
export interface PackageReport {
  readonly name: string;
  readonly fileCount: number;
  /** The size of the tarball, in bytes. */
  readonly size: number;
  /** Each as `package: check: problem`. */
  readonly problems: readonly string[];
}

/** Checks the packed package in a tarball: the list of its files, publint and attw. */
export async function checkTarball(tarball: Uint8Array<ArrayBuffer>): Promise<PackageReport> {
  const pkg = createPackageFromTarballData(tarball);
  const prefix = `/node_modules/${pkg.packageName}/`;
  const files = pkg.listFiles().map((path) => path.slice(prefix.length));
  const notices = pkg.tryReadFile(`${prefix}dist/${NOTICES}`) ?? "";
  const problems = [
    ...findFileProblems(files),
    ...findNoticeProblems(notices),
    ...files.flatMap((file) => findMachinePaths(file, pkg.tryReadFile(prefix + file) ?? "")),
    ...(await runPublint(tarball)),
    ...(await runAttw(pkg)),
  ];
  return {
    name: pkg.packageName,
    fileCount: files.length,
    size: tarball.byteLength,
    problems: problems.map((problem) => `${pkg.packageName}: ${problem}`),
  };
}

function findFileProblems(files: readonly string[]): string[] {
  return [
    ...REQUIRED_FILES.filter((file) => !files.includes(file)).map((file) => `files: ${file} is missing`),
    ...files.filter((file) => !ALLOWED_FILES.test(file)).map((file) => `files: ${file} must not be published`),
  ];
}

/** A source map in the last line of a file, as base64. */
const INLINE_MAP = /^\/\/# sourceMappingURL=data:application\/json;[^,]*base64,(\S+)\s*$/m;

/** Returns a problem if a file, or the source map in it, names the folder of the checkout that it was built in. */
function findMachinePaths(file: string, text: string, checkout = root): string[] {
  const map = INLINE_MAP.exec(text)?.[1] ?? "";
  const decoded = Buffer.from(map, "base64").toString("utf8");
  return text.includes(checkout) || decoded.includes(checkout) ? [`paths: ${file} names the folder ${checkout}`] : [];
}

/** Returns the bundled packages whose licence is not allowed. */
function findNoticeProblems(notices: string): string[] {
  const titles = [...notices.matchAll(/^(\S+ \d\S*) \((.*)\)$/gm)];
  return titles.flatMap(([, name, licence = ""]) =>
    isAllowed(licence) ? [] : `licences: the bundled ${name} has the licence ${licence}`,
  );
}

async function runPublint(tarball: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.slice().buffer }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg ?? {}, { color: false }) ?? message.code}`);
}

async function runAttw(pkg: Package): Promise<string[]> {
  const result = await checkPackage(pkg);
  if (result.types === false) return ["attw: the package has no types"];
  const visible = new Set<number>();
  for (const { resolutions } of Object.values(result.entrypoints)) {
    for (const [kind, { visibleProblems }] of Object.entries(resolutions)) {
      if (!IGNORED_RESOLUTIONS.includes(kind)) for (const index of visibleProblems ?? []) visible.add(index);
    }
  }
  return result.problems.flatMap((problem, index) => (visible.has(index) ? `attw: ${JSON.stringify(problem)}` : []));
}

/** Packs the published packages into a folder; returns the paths of the tarballs. */
export async function packPackages(folders: readonly string[], destination: string): Promise<string[]> {
  const filters = folders.flatMap((folder) => ["--filter", `./${folder}`]);
  const { status, output } = await runTool("pnpm", [
    "--recursive",
    ...filters,
    "pack",
    "--pack-destination",
    destination,
  ]);
  if (status !== 0) throw new Error(`pnpm cannot pack the packages:\n${output}`);
  return readdirSync(destination).map((name) => join(destination, name));
}

async function main(): Promise<void> {
  const published = await findPublishedPackages();
  const folders = published.map(({ folder }) => folder);
  const problems = findUndeclaredImports(folders.map((folder) => join(root, folder)));
  const destination = mkdtempSync(join(tmpdir(), "caselink-packed-"));
  try {
    for (const path of await packPackages(folders, destination)) {
      const report = await checkTarball(new Uint8Array(readFileSync(path)));
      problems.push(...report.problems);
      const size = Math.ceil(report.size / 1024);
      console.log(`${report.name}: imports, publint and attw; ${report.fileCount} files, ${size} KiB packed`);
    }
  } finally {
    rmSync(destination, { recursive: true, force: true });
  }
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (import.meta.main) await main();
