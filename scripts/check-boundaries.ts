// Who may import whom: ARCHITECTURE.md in a form that fails.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join, posix } from "node:path";
import { parseSync } from "vite";
import { root } from "./run-tool.ts";

/** For each package of ours the other packages of ours that its sources may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "packages/sdk": [],
  "packages/ledger": [],
  "packages/simulator": [],
  "packages/workflows": ["@caselink/sdk", "@caselink/ledger"],
  "apps/worker": ["@caselink/sdk", "@caselink/ledger", "@caselink/workflows"],
  "packages/cli": [
    "@caselink/sdk",
    "@caselink/ledger",
    "@caselink/workflows",
    "@caselink/worker",
    "@caselink/simulator",
  ],
};

/** Code that Temporal replays: what it imports is bundled into a sandbox without Node's modules. */
const WORKFLOW_CODE = "packages/workflows/src/workflow/";
// The second is part of every workflow bundle: it defines the keys of search attributes.
const WORKFLOW_CODE_MAY_IMPORT = ["@temporalio/workflow", "@temporalio/common"];

interface Import {
  readonly from: string;
  readonly isTypeOnly: boolean;
  readonly line: number;
}

/** Sources by their path in the checkout; tests left out, which may import what they test against. */
export type Sources = ReadonlyMap<string, string>;

/** Every import that crosses a boundary, each as `file:line: what is wrong`. */
export function findBoundaryViolations(sources: Sources): string[] {
  const imports = new Map([...sources].map(([path, code]) => [path, readImports(path, code)]));
  return [...findPackageViolations(imports), ...findWorkflowViolations(imports)];
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
      const target = from.startsWith(".") ? posix.join(posix.dirname(path), from) : undefined;
      if (target !== undefined && !target.startsWith(`${folder}/`)) {
        violations.push(`${path}:${line}: ${from} reaches out of ${folder}; import the other package by its name`);
      }
      const ours = /^(?:@caselink\/[^/]+|caselink)(?=$|\/)/.exec(from)?.[0];
      if (ours !== undefined && !allowed.includes(ours)) {
        violations.push(
          `${path}:${line}: ${folder} may import ${allowed.join(", ") || "nothing of ours"}, not ${from}`,
        );
      }
    }
  }
  return violations;
}

/** Follows what is imported at run time; types vanish before anything is bundled. */
function findWorkflowViolations(imports: ReadonlyMap<string, Import[]>): string[] {
  const violations: string[] = [];
  const reached = [...imports.keys()].filter((path) => path.startsWith(WORKFLOW_CODE));
  const seen = new Set(reached);
  for (const path of reached) {
    for (const { from, isTypeOnly, line } of imports.get(path) ?? []) {
      if (isTypeOnly) continue;
      if (!from.startsWith(".")) {
        if (WORKFLOW_CODE_MAY_IMPORT.includes(from)) continue;
        violations.push(
          `${path}:${line}: workflow code may import ${WORKFLOW_CODE_MAY_IMPORT.join(", ")} and pure modules of its own ` +
            `package, not ${from}; \`import type\` is free`,
        );
        continue;
      }
      const target = posix.join(posix.dirname(path), from);
      if (seen.has(target)) continue;
      seen.add(target);
      reached.push(target);
    }
  }
  return violations;
}

function readImports(path: string, code: string): Import[] {
  const { module, errors } = parseSync(path, code);
  if (errors.length > 0)
    throw new Error(`${path} cannot be parsed: ${errors.map(({ message }) => message).join("; ")}`);
  const found: Import[] = [];
  const add = (from: string, start: number, isTypeOnly: boolean) =>
    found.push({ from, isTypeOnly, line: code.slice(0, start).split("\n").length });
  for (const { moduleRequest, start, end } of module.staticImports) {
    // `import { type A }` is not free: under verbatimModuleSyntax the module is still loaded.
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
    if (!/\.(?:test|d)\.ts$/.test(path))
      sources.set(path.replaceAll("\\", "/"), readFileSync(join(root, path), "utf8"));
  }
  return sources;
}

if (import.meta.main) {
  const violations = findBoundaryViolations(await readSources());
  for (const violation of violations) console.log(violation);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
