import { test } from "vitest";
import { runChaos } from "./chaos.ts";

// npx -y pnpm@12 reliability runs more seeds and writes a report. The runs mostly wait.
test.concurrent.for([1, 2, 3])(
  "chaos with seed %i breaks no promise",
  { timeout: 1_800_000 },
  async (seed, { expect }) => {
    expect((await runChaos(seed)).violations).toEqual([]);
  },
);
