// Checks imports: the boundaries of ARCHITECTURE.md, and that no files of a package import each other in a circle.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join, posix } from "node:path";
import { parseSync } from "vite";
import { root } from "./run-tool.ts";

/** For each package of this repository, the others that its sources may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "packages/common": [],
  "packages/sdk": [],
  "packages/ledger": ["@caselink/common"],
  "packages/simulator": [],
  "packages/workflows": ["@caselink/common", "@caselink/sdk", "@caselink/ledger"],
  "apps/worker": ["@caselink/sdk", "@caselink/ledger", "@caselink/workflows"],
  "packages/cli": [
    "@caselink/common",
    "@caselink/sdk",
    "@caselink/ledger",
    "@caselink/workflows",
    "@caselink/worker",
    "@caselink/simulator",
  ],
};

/** Code that Temporal replays. Its imports are bundled into a sandbox that has none of Node's modules. */
const WORKFLOW_CODE = "packages/workflows/src/workflow/";
// The second is part of every workflow bundle: it defines the keys of search attributes.
const WORKFLOW_CODE_MAY_IMPORT = ["@temporalio/workflow", "@temporalio/common"];

interface Import {
  readonly from: string;
  readonly isTypeOnly: boolean;
  readonly line: number;
}

/** Source texts by their path in the checkout, without tests and their helpers: these may import any package. */
export type Sources = ReadonlyMap<string, string>;

/** Returns each import that crosses a boundary and each import circle, as `file:line: problem`. */
export function findBoundaryViolations(sources: Sources): string[] {
  const imports = new Map([...sources].map(([path, code]) => [path, readImports(path, code)]));
  return [...findPackageViolations(imports), ...findWorkflowViolations(imports), ...findCircles(imports)];
}

function findPackageViolations(imports: ReadonlyMap<string, Import[]>): string[] {
  const violations: string[] = [];
  for (const [path, list] of imports) {
    const folder = path.split("/").slice(0, 2).join("/");
    const allowed = MAY_IMPORT[folder];
    if (allowed === undefined) {
      violations.push(`${path}:1: ${folder} has no rule in scripts/check-boundaries.ts`);
      continue;
    }
    for (const { from, line } of list) {
      const target = importedFile(path, from);
      if (target !== undefined && !target.startsWith(`${folder}/`)) {
        violations.push(`${path}:${line}: ${from} reaches out of ${folder}; import the other package by its name`);
      }
      const ours = /^(?:@caselink\/[^/]+|caselink)(?=$|\/)/.exec(from)?.[0];
      if (ours !== undefined && !allowed.includes(ours)) {
        violations.push(
          `${path}:${line}: ${folder} may import ${allowed.join(", ") || "no other package"}, not ${from}`,
        );
      }
    }
  }
  return violations;
}

/** Follows the imports that exist at run time; type imports vanish before the bundling. */
function findWorkflowViolations(imports: ReadonlyMap<string, Import[]>): string[] {
  const violations: string[] = [];
  const reached = [...imports.keys()].filter((path) => path.startsWith(WORKFLOW_CODE));
  const seen = new Set(reached);
  for (const path of reached) {
    for (const { from, isTypeOnly, line } of imports.get(path) ?? []) {
      if (isTypeOnly) continue;
      const target = importedFile(path, from);
      if (target === undefined) {
        if (WORKFLOW_CODE_MAY_IMPORT.includes(from)) continue;
        violations.push(
          `${path}:${line}: workflow code may import ${WORKFLOW_CODE_MAY_IMPORT.join(", ")} and pure modules of its own ` +
            `package, not ${from}; \`import type\` is allowed`,
        );
        continue;
      }
      if (seen.has(target)) continue;
      seen.add(target);
      reached.push(target);
    }
  }
  return violations;
}

/**
 * Returns one line for each group of files that all reach each other by their imports. Type imports and dynamic imports
 * count: files that need each other's types cannot be understood one after the other either.
 */
function findCircles(imports: ReadonlyMap<string, Import[]>): string[] {
  const violations: string[] = [];
  const reported = new Set<string>();
  for (const start of imports.keys()) {
    const group = reported.has(start) ? [] : filesInCirclesWith(start, imports);
    if (group.length === 0) continue;
    for (const path of group) reported.add(path);
    const circles = group.map((path) => findShortestCircle(path, imports) ?? []);
    const circle = circles.reduce((shortest, other) => (other.length < shortest.length ? other : shortest));
    const [first = start, second = first] = circle;
    const { line } = imports.get(first)?.find(({ from }) => importedFile(first, from) === second) ?? { line: 1 };
    const others = group.length > circle.length ? ` (${group.length} files are in circles with these)` : "";
    violations.push(
      `${first}:${line}: import circle ${[...circle, first].join(" -> ")}${others}; move what two of these files need to ` +
        "a third that imports neither, or merge them",
    );
  }
  return violations;
}

/** Returns the files that `start` reaches and that reach `start`; none if `start` is in no circle. */
function filesInCirclesWith(start: string, imports: ReadonlyMap<string, Import[]>): string[] {
  if (findShortestCircle(start, imports) === undefined) return [];
  return [...findPaths(start, imports).keys()].filter((path) => findPaths(path, imports).has(start)).sort();
}

/** Returns the files of the circle in the order of their imports, from `start` on; undefined if `start` is in none. */
function findShortestCircle(start: string, imports: ReadonlyMap<string, Import[]>): string[] | undefined {
  for (const [file, path] of findPaths(start, imports)) {
    if (imports.get(file)?.some(({ from }) => importedFile(file, from) === start)) return path;
  }
  return undefined;
}

/** Returns each file that `start` reaches, itself included, with the shortest path to it, nearest first. */
function findPaths(start: string, imports: ReadonlyMap<string, Import[]>): Map<string, string[]> {
  const pathTo = new Map<string, string[]>([[start, [start]]]);
  // A map's iteration also visits what is added meanwhile: this is a breadth-first search.
  for (const [file, path] of pathTo) {
    for (const { from } of imports.get(file) ?? []) {
      const target = importedFile(file, from);
      if (target !== undefined && !pathTo.has(target)) pathTo.set(target, [...path, target]);
    }
  }
  return pathTo;
}

/** Returns the path of a file that another one imports; undefined for a package. */
function importedFile(path: string, from: string): string | undefined {
  return from.startsWith(".") ? posix.join(posix.dirname(path), from) : undefined;
}

function readImports(path: string, code: string): Import[] {
  const { module, errors } = parseSync(path, code);
  if (errors.length > 0)
    throw new Error(`${path} cannot be parsed: ${errors.map(({ message }) => message).join("; ")}`);
  const found: Import[] = [];
  const add = (from: string, start: number, isTypeOnly: boolean) =>
    found.push({ from, isTypeOnly, line: code.slice(0, start).split("\n").length });
  for (const { moduleRequest, start, end } of module.staticImports) {
    // `import { type A }` counts: under verbatimModuleSyntax the module is still loaded.
    add(moduleRequest.value, start, /^import\s+type\s+(?!from\b)/.test(code.slice(start, end)));
  }
  for (const { entries, start, end } of module.staticExports) {
    for (const { moduleRequest } of entries) {
      if (moduleRequest) add(moduleRequest.value, start, /^export\s+type\b/.test(code.slice(start, end)));
    }
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^(["'])(.*)\1$/.exec(code.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[2] !== undefined) add(literal[2], start, false);
  }
  return found;
}

async function readSources(): Promise<Sources> {
  const sources = new Map<string, string>();
  for await (const path of glob("{packages,apps}/*/src/**/*.ts", { cwd: root })) {
    if (!/^packages\/test-support\/|\.(?:test|d)\.ts$/.test(path))
      sources.set(path.replaceAll("\\", "/"), readFileSync(join(root, path), "utf8"));
  }
  return sources;
}

if (import.meta.main) {
  const violations = findBoundaryViolations(await readSources());
  for (const violation of violations) console.log(violation);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
