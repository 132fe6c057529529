import { expect, test } from "vitest";
import { runChaos } from "./chaos.ts";

// More of them, with a report: npx -y pnpm@12 reliability
test.for([1, 2])("chaos with seed %i breaks no promise", { timeout: 360_000 }, async (seed) => {
  expect((await runChaos(seed)).faults).toEqual([]);
});
