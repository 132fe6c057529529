import { expect, test } from "vitest";
import { findBoundaryViolations } from "../scripts/check-boundaries.ts";

const violations = (sources: Record<string, string>) => findBoundaryViolations(new Map(Object.entries(sources)));

test("a package may import the packages below it, and itself", () => {
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

test("a package without a rule is reported", () => {
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
  "workflow code may not load a module that the sandbox lacks, neither itself nor through another module: %s",
  (code) => {
    const through = 'export * from "../pure.ts";';
    expect(violations({ "packages/workflows/src/workflow/batch.ts": code })).toHaveLength(1);
    expect(
      violations({ "packages/workflows/src/workflow/batch.ts": through, "packages/workflows/src/pure.ts": code }),
    ).toEqual([expect.stringMatching(/^packages\/workflows\/src\/pure\.ts:1: workflow code may import/)]);
  },
);

test("files that import each other in a circle are reported once, with all their names and the fix", () => {
  expect(
    violations({
      "packages/sdk/src/index.ts": 'export { a } from "./a.ts";',
      "packages/sdk/src/a.ts": '\nimport { b } from "./deep/b.ts"; export const a = b;',
      "packages/sdk/src/deep/b.ts": 'import { c } from "../c.ts"; export const b = c;',
      "packages/sdk/src/c.ts": 'import { a } from "./a.ts"; export const c = () => a;',
    }),
  ).toEqual([
    "packages/sdk/src/a.ts:2: import circle packages/sdk/src/a.ts -> packages/sdk/src/deep/b.ts -> packages/sdk/src/c.ts " +
      "-> packages/sdk/src/a.ts; move what two of these files need to a third that imports neither, or merge them",
  ]);
});

test.for([
  { code: 'import type { A } from "./a.ts";', how: "a type" },
  { code: 'export type { A } from "./a.ts";', how: "an export of a type" },
  { code: 'export * from "./a.ts";', how: "an export" },
  { code: 'const a = () => import("./a.ts");', how: "a dynamic import" },
])("a circle that $how closes is reported", ({ code }) => {
  expect(violations({ "packages/sdk/src/a.ts": 'import { b } from "./b.ts";', "packages/sdk/src/b.ts": code })).toEqual(
    [expect.stringContaining("import circle packages/sdk/src/a.ts -> packages/sdk/src/b.ts")],
  );
});

test("circles that share a file are reported in one line, by the shortest and the number of files", () => {
  expect(
    violations({
      "packages/sdk/src/a.ts": 'import "./b.ts"; import "./d.ts";',
      "packages/sdk/src/b.ts": 'import "./c.ts";',
      "packages/sdk/src/c.ts": 'import "./a.ts";',
      "packages/sdk/src/d.ts": 'import "./a.ts";',
    }),
  ).toEqual([
    expect.stringMatching(
      /import circle packages\/sdk\/src\/a\.ts -> packages\/sdk\/src\/d\.ts -> packages\/sdk\/src\/a\.ts \(4 files are/,
    ),
  ]);
});

test("two separate circles of a package are reported separately", () => {
  expect(
    violations({
      "packages/sdk/src/a.ts": 'import "./b.ts";',
      "packages/sdk/src/b.ts": 'import "./a.ts"; import "./c.ts";',
      "packages/sdk/src/c.ts": 'import "./d.ts";',
      "packages/sdk/src/d.ts": 'import "./c.ts";',
    }),
  ).toHaveLength(2);
});

test("files that two others import, without importing them back, form no circle", () => {
  expect(
    violations({
      "packages/sdk/src/a.ts": 'import "./b.ts"; import "./c.ts";',
      "packages/sdk/src/b.ts": 'import "./c.ts";',
      "packages/sdk/src/c.ts": "",
    }),
  ).toEqual([]);
});
