// Checks the licences of everything that an installation of the published packages brings along.
import { findPublishedPackages } from "./published-packages.ts";
import { runTool } from "./run-tool.ts";

/** Licences (SPDX) that ask for no more than a notice. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Unlicense",
]);

/** A package that may have another licence, or names none. */
export interface LicenceException {
  readonly name: RegExp;
  /** The licence that `pnpm licenses` reports for it. */
  readonly licence: string;
  readonly reason: string;
}

const EXCEPTIONS: readonly LicenceException[] = [
  {
    name: /^caniuse-lite$/,
    licence: "CC-BY-4.0",
    reason:
      "data that webpack reads, a dependency of Temporal's worker; it asks for a credit, which its own files give",
  },
  {
    name: /^lightningcss(?:-|$)/,
    licence: "MPL-2.0",
    reason: "an optional peer of webpack's minimizer that only the checkout has, for vite; npm installs it for no user",
  },
  { name: /^unionfs$/, licence: "Unknown", reason: "its manifest names none; its file LICENSE is the Unlicense" },
];

export interface LicensedPackage {
  readonly name: string;
  readonly versions: readonly string[];
  readonly paths: readonly string[];
}

/** Packages by licence, as `pnpm licenses list --json` prints them. */
export type LicenceList = Readonly<Record<string, readonly LicensedPackage[]>>;

/** Returns a line for each package whose licence is not allowed, and for each exception that no package needs any more. */
export function findLicenceProblems(list: LicenceList, exceptions: readonly LicenceException[] = EXCEPTIONS): string[] {
  const problems: string[] = [];
  const used = new Set<LicenceException>();
  for (const [licence, packages] of Object.entries(list)) {
    if (isAllowed(licence)) continue;
    for (const { name, versions, paths } of packages) {
      const exception = exceptions.find((known) => known.licence === licence && known.name.test(name));
      if (exception) used.add(exception);
      else problems.push(`${name}@${versions.join(", ")} has the licence ${licence}: ${paths.join(", ")}`);
    }
  }
  for (const exception of exceptions) {
    if (!used.has(exception))
      problems.push(`the exception ${exception.name.source} (${exception.licence}) is not needed`);
  }
  return problems;
}

/** Whether a licence (an SPDX expression) is allowed. All parts of an `AND` must be allowed, and one part of an `OR`. Nested expressions are rejected. */
export function isAllowed(expression: string): boolean {
  const text = expression.trim().replace(/^\(([^()]*)\)$/, "$1");
  if (/[()]/.test(text)) return false;
  return text.split(/ OR /).some((part) => part.split(/ AND /).every((licence) => ALLOWED.has(licence.trim())));
}

async function main(): Promise<void> {
  const filters = (await findPublishedPackages()).flatMap(({ folder }) => ["--filter", `./${folder}`]);
  const { status, output } = await runTool("pnpm", [...filters, "licenses", "list", "--prod", "--json"]);
  if (status !== 0) throw new Error(`pnpm cannot list the licences:\n${output}`);
  const list = JSON.parse(output.slice(output.indexOf("{"))) as LicenceList;
  const problems = findLicenceProblems(list);
  for (const problem of problems) console.log(problem);
  if (problems.length === 0) {
    const names = new Set(Object.values(list).flatMap((packages) => packages.map(({ name }) => name)));
    console.log(`${names.size} dependencies, ${EXCEPTIONS.length} exceptions`);
  }
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (import.meta.main) await main();
