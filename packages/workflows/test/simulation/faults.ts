import { between, pick } from "./random.ts";
import { RELATED, TICKETS, type Fault, type RequestFault } from "./schedule.ts";

const REQUEST_FAULTS: RequestFault[] = [
  "lost",
  "reset",
  "error",
  "errorAfter",
  "failed",
  "unknownCode",
  "throttled",
  "late",
];
const BATCH_ACTIONS = ["pause", "resume", "cancel", "terminate", "reset"] as const;
const LANE_ACTIONS = ["cancel", "terminate", "reset"] as const;
const ATTEMPTS = 10;

/**
 * The faults of a run. Each kind is on with probability 1/2, so that some runs have few kinds, and many faults of each: kinds
 * hide each other's effects.
 */
export function faultsOf(random: () => number, batches: number, lanes: readonly string[]): Fault[] {
  const isOn = (): boolean => random() < 0.5;
  const some = <Kind>(kinds: readonly Kind[]): Kind[] => kinds.filter(isOn);
  const atMs = (): number => between(random, 0, pick(random, [300, 3_000, 30_000, 90_000]));
  const faults: Fault[] = [];
  const add = (count: number, rate: number, fault: (n: number) => Fault): void => {
    for (let n = 0; n < count; n++) if (random() < rate) faults.push(fault(n));
  };
  const requestFaults = some(REQUEST_FAULTS);
  if (isOn() && requestFaults.length > 0)
    add(120, pick(random, [0.05, 0.15, 0.3]), (n) => ({ kind: "request", n, fault: pick(random, requestFaults) }));
  if (isOn()) add(60, pick(random, [0.05, 0.2]), (n) => ({ kind: "ledger", n, isDone: random() < 0.5 }));
  if (isOn()) add(60, pick(random, [0.03, 0.1]), (n) => ({ kind: "slowWrite", n, ms: between(random, 10, 60_000) }));
  if (isOn()) add(40, pick(random, [0.1, 0.4]), (n) => ({ kind: "delay", n, ms: between(random, 50, 40_000) }));
  if (isOn())
    add(40, pick(random, [0.1, 0.4]), (n) => ({
      kind: "repeat",
      n,
      ms: between(random, 5, pick(random, [100, 2_000, 40_000])),
    }));
  if (isOn()) add(ATTEMPTS, 0.3, (attempt) => ({ kind: "stop", attempt, afterMs: atMs() }));
  if (isOn()) add(ATTEMPTS, 0.3, (attempt) => ({ kind: "kill", attempt, afterMs: between(random, 0, 400) }));
  if (isOn())
    add(ATTEMPTS, 0.3, (attempt) => {
      const afterMs = between(random, 0, 400);
      return { kind: "stall", attempt, afterMs, forMs: between(random, 100, 90_000) };
    });
  if (isOn())
    add(ATTEMPTS, 0.3, (attempt) => {
      const byMs = pick(random, [-8 * 3_600_000, -60_000, -2_000, 2_000, 60_000, 8 * 3_600_000]);
      return { kind: "clock", attempt, afterMs: between(random, 0, 400), byMs };
    });
  for (const action of some(BATCH_ACTIONS)) {
    if (!isOn()) continue;
    const most = action === "cancel" ? 1 : 3;
    for (let n = between(random, 1, most); n > 0; n--) {
      const batch = between(random, 0, batches - 1);
      faults.push({ kind: "batch", action, batch, atMs: atMs(), forMs: atMs() });
    }
  }
  for (const action of some(LANE_ACTIONS))
    for (let n = between(random, 1, 3); n > 0; n--)
      faults.push({ kind: "lane", lane: pick(random, lanes), action, atMs: atMs() });
  if (random() < 0.25) {
    const ticket = pick(random, TICKETS.slice(0, 5));
    const related = pick(random, RELATED);
    for (let n = between(random, 1, 4); n > 0; n--)
      faults.push({ kind: "foreign", ticket, related, adds: isOn(), atMs: atMs() });
  }
  if (random() < 0.2) {
    const fault = pick(random, ["reset", "error", "failed"] as const);
    faults.push({ kind: "outage", atMs: atMs(), forMs: between(random, 1_000, 120_000), fault });
  }
  return faults;
}
