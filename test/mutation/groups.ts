import { globSync } from "node:fs";

/** Sources that are mutated together, and the tests that may kill the mutants. */
export interface MutationGroup {
  readonly name: string;
  /** The row of the table that it counts in. */
  readonly folder: "sdk" | "rates" | "workflow" | "chunk";
  /** Glob patterns; those of files that are not mutated begin with `!`. */
  readonly sources: readonly string[];
  /** Glob patterns, the quickest tests first: Stryker stops at the first that fails. */
  readonly tests: readonly string[];
}

const SCHEDULES = "test/mutation/schedules.ts";

/** Why these sources and tests: `docs/decisions/2026-11-29-mutation-testing.md`. */
export const GROUPS: readonly MutationGroup[] = [
  {
    name: "sdk-calls",
    folder: "sdk",
    sources: [
      "packages/sdk/src/{attempt,backoff,classify-failure,connection-failure,meaning-table,perform-call,retry-after}.ts",
      "packages/sdk/src/{rate-feedback,rate-limiter,rate-pauses}.ts",
    ],
    tests: [
      "packages/sdk/src/*.test.ts",
      "packages/sdk/test/{error-details,failure-facts,hooks,requests,responses,retries}.test.ts",
      "packages/sdk/test/{call-options,not-sent,request-options,sign-in}.test.ts",
    ],
  },
  {
    name: "sdk-sequences",
    folder: "sdk",
    sources: ["packages/sdk/src/{call-sequence,ensure-associations,remove-associations,removal-results}.ts"],
    tests: [
      "packages/sdk/src/{ensure-associations,remov*}.test.ts",
      "packages/sdk/test/{ensure-associations,remove-associations}.test.ts",
    ],
  },
  {
    name: "rates",
    folder: "rates",
    sources: ["packages/sdk/src/{rate-counts,rate-estimator,timeline}.ts"],
    tests: ["packages/sdk/src/rate-*.test.ts", "packages/sdk/test/rate-estimator.test.ts"],
  },
  {
    name: "workflow",
    folder: "workflow",
    sources: [
      "packages/workflows/src/workflow/*.ts",
      "!packages/workflows/src/workflow/*.test.ts",
      "!packages/workflows/src/workflow/{account-chunks,batch-workflow,history-limit,lane-workflow,search-attributes}.ts",
    ],
    tests: ["packages/workflows/src/workflow/*.test.ts", SCHEDULES],
  },
  {
    name: "chunk",
    folder: "chunk",
    sources: ["packages/workflows/src/chunk/*.ts", "!packages/workflows/src/chunk/*.test.ts"],
    tests: ["packages/workflows/src/chunk/*.test.ts", SCHEDULES],
  },
];

/** The paths of a group's tests. Throws if there is no such group. */
export function testsOf(name: string): string[] {
  const group = GROUPS.find((candidate) => candidate.name === name);
  if (!group) throw new Error(`there is no group ${name}`);
  return group.tests.flatMap((pattern) => globSync(pattern).toSorted());
}
