import { expect, test } from "vitest";
import { runChaos } from "../crash/chaos.ts";
import { CLUSTER_KINDS, drawClusterChaos } from "../crash/draw-chaos.ts";

// npx -y pnpm@12 reliability runs more seeds and writes a report.
const SEEDS = [4, 11];

test.for(SEEDS)("chaos on a cluster with seed %i breaks no promise", { timeout: 1_800_000 }, async (seed) => {
  expect((await runChaos(drawClusterChaos(seed))).violations).toEqual([]);
});

test("the seeds of these tests draw every kind of fault of a cluster", () => {
  const drawn = SEEDS.flatMap((seed) => drawClusterChaos(seed).kinds);
  expect(CLUSTER_KINDS.filter((kind) => !drawn.includes(kind))).toEqual([]);
});
