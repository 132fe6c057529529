import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Folders whose files wait for minutes, the longest first. */
const LONG = [
  "/test/crash/",
  "/test/cli/",
  "/test/object-storage/",
  "/packages/workflows/test/",
  "/packages/ledger/test/",
];

/**
 * Starts the longest files first, so that no worker is left with a long one at the end. Vitest knows how long a file takes
 * from the run before; until then the folder decides.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isKnown = (file: TestSpecification) => this.ctx.cache.getTestSpecificationResult(file) !== undefined;
    return sorted.every(isKnown) ? sorted : sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((folder) => moduleId.includes(folder));
  return rank < 0 ? LONG.length : rank;
}
