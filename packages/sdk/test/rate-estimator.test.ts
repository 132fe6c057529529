import { expect, test } from "vitest";
import { simulateTraffic, type Traffic } from "./support/simulated-traffic.ts";

const STEADY = [[0, 200]] as const;
const CHANGING = [
  [0, 200],
  [20, 100],
  [40, 200],
] as const;
const DISTANT = { latencyMs: 100, roundTripMs: 60, inFlight: 256 };

test.each<[string, Pick<Traffic, "limits" | "hint"> & Partial<Traffic>, number, number]>([
  ["named", { hint: "message", limits: STEADY }, 0.97, 0.01],
  ["named, and halves and doubles", { hint: "message", limits: CHANGING }, 0.95, 0.01],
  ["named, far away", { hint: "message", limits: STEADY, ...DISTANT }, 0.95, 0.02],
  ["named, with a jammed way", { hint: "message", limits: STEADY, hiccupEveryMs: 1_500 }, 0.95, 0.02],
  ["named, and small", { hint: "message", limits: [[0, 20]] }, 0.95, 0.01],
  ["named, and large", { hint: "message", limits: [[0, 1_000]] }, 0.95, 0.01],
  ["not named", { hint: "none", limits: STEADY }, 0.95, 0.01],
  ["not named, and halves and doubles", { hint: "none", limits: CHANGING }, 0.93, 0.02],
  ["not named, far away", { hint: "none", limits: STEADY, ...DISTANT }, 0.93, 0.02],
  ["not named, with a jammed way", { hint: "none", limits: STEADY, hiccupEveryMs: 1_500 }, 0.93, 0.02],
  ["not named, and small", { hint: "none", limits: [[0, 20]] }, 0.95, 0.02],
  ["not named, and large", { hint: "none", limits: [[0, 1_000]] }, 0.95, 0.01],
  ["not named, and each refusal asks for a second", { hint: "retry-after", limits: STEADY }, 0.89, 0.01],
  ["not named, small, and each refusal asks for a second", { hint: "retry-after", limits: [[0, 20]] }, 0.9, 0.01],
])("the rate estimator uses a limit that is %s and is rarely rejected", (_what, traffic, used, refused) => {
  const figures = simulateTraffic({ seconds: 60, ...traffic });
  expect(figures.used).toBeGreaterThan(used);
  expect(figures.used).toBeLessThanOrEqual(1);
  expect(figures.refused).toBeLessThan(refused);
  expect(figures.tooEarly).toBe(0);
});

test("the rate estimator finds a limit that has increased tenfold", () => {
  const limits = [
    [0, 100],
    [30, 1_000],
  ] as const;
  for (const hint of ["message", "none"] as const)
    expect(simulateTraffic({ seconds: 60, hint, limits }).used).toBeGreaterThan(0.85);
});

test("the rate estimator stays fast if requests are rejected by chance", () => {
  const traffic = { seconds: 30, hint: "none", limits: [[0, 1_000_000]] } as const;
  expect(simulateTraffic({ ...traffic, refusedByChance: 0.01 }).sentPerSecond).toBeGreaterThan(1_500);
});

const BOTH = { operations: ["list", "create"] } as const;
const FOUR = { ...BOTH, processes: 4, seconds: 120, limits: [[0, 100]] } as const;
const MINUTE = { ...BOTH, limits: [[0, 100]], windowMs: 60_000, seconds: 900 } as const;
const FIVE = { ...BOTH, limits: [[0, 5]], windowMs: 5_000, seconds: 600 } as const;
const TEN = { ...BOTH, limits: [[0, 10]], seconds: 240 } as const;
const TWENTY = { ...BOTH, limits: [[0, 20]], seconds: 240 } as const;
const MANY = { ...BOTH, limits: STEADY, seconds: 30 } as const;
const CHANGES = {
  ...BOTH,
  limits: [
    [0, 200],
    [30, 100],
    [60, 200],
  ],
  seconds: 90,
} as const;
const COLD = { coldMs: 300, stallEveryMs: 700, stallMs: 100 } as const;

test.each<[string, Omit<Traffic, "hint" | "counted">, Bounds, Bounds]>([
  ["10 in a second", TEN, [0.93, 0.015], [0.9, 0.025]],
  ["20 in a second", TWENTY, [0.93, 0.015], [0.9, 0.025]],
  ["200 in a second", MANY, [0.93, 0.015], [0.9, 0.025]],
  ["200 in a second, then half of it", CHANGES, [0.93, 0.015], [0.9, 0.025]],
  ["100 in 60 seconds", MINUTE, [0.93, 0.015], [0.9, 0.025]],
  ["5 in 5 seconds", FIVE, [0.93, 0.015], [0.9, 0.1]],
  ["100 in a second, for four processes", FOUR, [0.9, 0.03], [0.9, 0.03]],
])("a limit of %s is used, counted for each operation or together, named or not", (_what, traffic, named, unnamed) => {
  for (const counted of ["each", "together"] as const)
    for (const [hint, [used, refused]] of [["message", named] as const, ["none", unnamed] as const]) {
      const figures = simulateTraffic({ ...traffic, counted, hint });
      expect([counted, hint, figures]).toEqual([counted, hint, expect.objectContaining({ tooEarly: 0 })]);
      expect(figures.used, `${counted} ${hint}: ${JSON.stringify(figures)}`).toBeGreaterThanOrEqual(used);
      expect(figures.refused, `${counted} ${hint}: ${JSON.stringify(figures)}`).toBeLessThanOrEqual(refused);
    }
});

test.each<[string, Partial<Traffic>, Bounds]>([
  ["starts cold", { coldMs: 100 }, [0.93, 0.02]],
  ["starts cold, on a busy machine", COLD, [0.93, 0.06]],
  ["often stands still", { stallEveryMs: 3_000, stallMs: 500 }, [0.93, 0.02]],
])("a process that %s keeps to a small limit, whatever its timing suggests", (_what, busy, [used, refused]) => {
  for (const counted of ["each", "together"] as const)
    for (const hint of ["message", "none"] as const)
      for (let seed = 1; seed <= 20; seed++) {
        const figures = simulateTraffic({ ...FIVE, counted, hint, seed, ...busy });
        expect(figures.used, `${counted} ${hint} ${seed}: ${JSON.stringify(figures)}`).toBeGreaterThanOrEqual(used);
        expect(figures.refused, `${counted} ${hint} ${seed}: ${JSON.stringify(figures)}`).toBeLessThanOrEqual(refused);
      }
});

test.each<[string, Omit<Traffic, "hint" | "counted">, Bounds]>([
  ["100 in 60 seconds, met by a cold process on a busy machine,", { ...MINUTE, ...COLD }, [0.93, 0.02]],
  ["200 in a second, then half of it,", CHANGES, [0.93, 0.015]],
  ["100 in a second, for four processes,", FOUR, [0.89, 0.03]],
])("a limit of %s is used and rarely exceeded, whatever the timing", (_what, traffic, [used, refused]) => {
  for (const counted of ["each", "together"] as const)
    for (const hint of ["message", "none"] as const)
      for (let seed = 1; seed <= 12; seed++) {
        const figures = simulateTraffic({ ...traffic, counted, hint, seed });
        expect(figures.used, `${counted} ${hint} ${seed}: ${JSON.stringify(figures)}`).toBeGreaterThanOrEqual(used);
        expect(figures.refused, `${counted} ${hint} ${seed}: ${JSON.stringify(figures)}`).toBeLessThanOrEqual(refused);
      }
});

test.each<["api" | "user", "each" | "together"]>([
  ["api", "each"],
  ["user", "together"],
])("four processes share a limit that names the scope %s", (scope, counted) => {
  for (let seed = 1; seed <= 10; seed++) {
    const figures = simulateTraffic({ ...FOUR, hint: "message", scope, counted, seed });
    expect(figures.used, `${seed}: ${JSON.stringify(figures)}`).toBeGreaterThanOrEqual(0.93);
    expect(figures.refused, `${seed}: ${JSON.stringify(figures)}`).toBeLessThanOrEqual(0.03);
  }
});

/** The least used share of the limit, and the highest share of rejected requests. */
type Bounds = readonly [used: number, refused: number];
