import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, the longest first, and the folders of others that take long. */
const LONG = [
  "/test/guides/",
  "/test/cli/local.test.ts",
  "/test/crash/",
  "/workflows/test/batch.test.ts",
  "/test/cli/run.test.ts",
  "/test/cli/aftercare.test.ts",
  "/test/object-storage/",
  "/workflows/test/batch-waiting.test.ts",
  "/ledger/test/bad-input.test.ts",
  "/ledger/test/preview.test.ts",
  "/ledger/test/stores.test.ts",
  "/ledger/test/report.test.ts",
  "/ledger/test/long-values.test.ts",
  "/ledger/test/crash.test.ts",
  "/ledger/test/plan.test.ts",
  "/test/cli/",
  "/packages/workflows/test/",
  "/packages/cli/src/local/local-temporal.test.ts",
  "/packages/ledger/test/",
];

/**
 * Starts the longest files first, so that no worker is left with a long one at the end. Vitest knows how long a file takes
 * from the run before; until then the list above decides.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isKnown = (file: TestSpecification) => this.ctx.cache.getTestSpecificationResult(file) !== undefined;
    return sorted.every(isKnown) ? sorted : sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((path) => moduleId.includes(path));
  return rank < 0 ? LONG.length : rank;
}
