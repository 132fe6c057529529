import { scheduleOf, undoScheduleOf, type Schedule } from "./schedule.ts";

/** Reads lag 8 s, and the batches know it. */
function knownLagOf(seed: number): Schedule {
  const schedule = scheduleOf(seed);
  return { ...schedule, server: { ...schedule.server, lagMs: 8_000 }, readLagMs: 8_500 };
}

/** The run of a seed: of ten, seven plain ones, two with an undo, one with a read lag that the batches know. */
export function mixedScheduleOf(seed: number): Schedule {
  const form = seed % 10;
  if (form < 7) return scheduleOf(seed);
  return form < 9 ? undoScheduleOf(seed) : knownLagOf(seed);
}

/** What a run has beyond plain batches on a server as it is documented, and its kinds of faults. */
export function kindsOf({ batches, server, faults, lanes, stepsPerRun, readLagMs = 5_000 }: Schedule): string[] {
  const traits = {
    undo: batches.some(({ kind }) => kind === "undo"),
    retry: batches.some(({ retryOf }) => retryOf),
    "several lanes": lanes.length > 1,
    "continue as new": stepsPerRun !== undefined,
    "read lag": server.lagMs > 0,
    "read lag beyond the assumed one": server.lagMs > readLagMs,
    "server that replaces": server.replaces,
    "symmetric server": server.isSymmetric,
    "limits of requests for each operation": server.rates,
  };
  const drawn = Object.entries(traits).flatMap(([name, isDrawn]) => (isDrawn ? [name] : []));
  return [...drawn, ...new Set(faults.map((fault) => `fault: ${nameOf(fault)}`))];
}

function nameOf(fault: Schedule["faults"][number]): string {
  if (fault.kind === "request") return `request ${fault.fault}`;
  return "action" in fault ? `${fault.kind} ${fault.action}` : fault.kind;
}
