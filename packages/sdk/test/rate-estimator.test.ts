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
  ["not named, and each refusal asks for a second", { hint: "retry-after", limits: STEADY }, 0.9, 0.01],
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
