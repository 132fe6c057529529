import { expect, test } from "vitest";
import { runChaos } from "./chaos.ts";

// npx -y pnpm@12 reliability runs more seeds and writes a report.
test.for([1, 2])("chaos with seed %i breaks no promise", { timeout: 1_200_000 }, async (seed) => {
  expect((await runChaos(seed)).violations).toEqual([]);
});
