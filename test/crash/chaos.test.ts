import { test } from "vitest";
import { CHAOS_KINDS, drawChaos } from "./draw-chaos.ts";
import { runChaos } from "./chaos.ts";

// npx -y pnpm@12 reliability runs more seeds and writes a report. The runs mostly wait.
const SEEDS = [77, 24];

test.concurrent.for(SEEDS)("chaos with seed %i breaks no promise", { timeout: 1_800_000 }, async (seed, { expect }) => {
  expect((await runChaos(drawChaos(seed))).violations).toEqual([]);
});

test("the seeds of these tests draw every kind of fault and action, on both kinds of Temporal", ({ expect }) => {
  const drawn = SEEDS.map((seed) => drawChaos(seed));
  expect(CHAOS_KINDS.filter((kind) => !drawn.some(({ kinds }) => kinds.includes(kind)))).toEqual([]);
  expect(new Set(drawn.map(({ place }) => place)).size).toBe(2);
});
