import { expect, test } from "vitest";
import { findBoundaryViolations } from "../scripts/check-boundaries.ts";

const violations = (sources: Record<string, string>) => findBoundaryViolations(new Map(Object.entries(sources)));

test("a package may import those below it, and itself", () => {
  expect(
    violations({
      "packages/sdk/src/index.ts": 'export { a } from "./a.ts"; import "openapi-fetch";',
      "packages/workflows/src/activities.ts": 'import { a } from "@caselink/sdk"; import "@caselink/ledger/plan";',
      "packages/cli/src/main.ts": 'await import("@caselink/simulator");',
    }),
  ).toEqual([]);
});

test.for([
  { code: 'import { a } from "@caselink/ledger";', how: "an import" },
  { code: 'import type { A } from "@caselink/ledger";', how: "a type" },
  { code: 'export * from "@caselink/ledger/plan";', how: "an export" },
  { code: 'await import("@caselink/ledger");', how: "a dynamic import" },
  { code: 'import { a } from "../../ledger/src/index.ts";', how: "a path" },
])("a package may not import one above it by $how", ({ code }) => {
  expect(violations({ "packages/sdk/src/index.ts": `\n${code}` })).toEqual([
    expect.stringMatching(/^packages\/sdk\/src\/index\.ts:2: /),
  ]);
});

test("a new package needs a rule", () => {
  expect(violations({ "packages/new/src/index.ts": "" })).toEqual([
    expect.stringContaining("packages/new has no rule"),
  ]);
});

test("workflow code may import the workflow library, types, and pure modules of its own package", () => {
  expect(
    violations({
      "packages/workflows/src/workflow/batch.ts":
        'import { sleep } from "@temporalio/workflow"; import type { A } from "@caselink/sdk"; import { b } from "../pure.ts";',
      "packages/workflows/src/pure.ts": 'import type { Stats } from "node:fs"; export const b = 1;',
      "packages/workflows/src/activities.ts": 'import "node:fs"; import "@caselink/ledger";',
    }),
  ).toEqual([]);
});

test.for(['import "node:fs";', 'import { type A } from "@caselink/sdk";', 'export { a } from "p-limit";'])(
  "workflow code may not load what the sandbox has not, neither itself nor through a module: %s",
  (code) => {
    const through = 'export * from "../pure.ts";';
    expect(violations({ "packages/workflows/src/workflow/batch.ts": code })).toHaveLength(1);
    expect(
      violations({ "packages/workflows/src/workflow/batch.ts": through, "packages/workflows/src/pure.ts": code }),
    ).toEqual([expect.stringMatching(/^packages\/workflows\/src\/pure\.ts:1: workflow code may import/)]);
  },
);
