import { READ_LAG_MS } from "../../src/workflow/read-lag.ts";
import type { BatchHistory, History } from "./run-schedule.ts";
import type { Fault } from "./schedule.ts";

/** What the run did to the server as a whole, and what it said of the server. */
export function checkServer(history: History): string[] {
  return [...checkRepeats(history), ...checkAlarms(history), ...checkReplacing(history)];
}

/** An association is made again only if a write displaced it. */
function checkRepeats({ server: { tickets } }: History): string[] {
  const made = new Map<string, number>();
  for (const { ticket, related } of tickets.removed.filter(({ isDisplaced }) => isDisplaced)) {
    const key = tickets.keyOf(ticket, related);
    made.set(key, (made.get(key) ?? 0) - 1);
  }
  return tickets.made.flatMap(({ ticket, related }) => {
    const key = tickets.keyOf(ticket, related);
    const times = (made.get(key) ?? 0) + 1;
    made.set(key, times);
    return times > 1 && !tickets.isForeign(ticket) ? [`${key} was made twice`] : [];
  });
}

/** A batch is blocked for the API's behaviour only if the API misbehaves, or someone else changes tickets. */
function checkAlarms({ schedule, batches }: History): string[] {
  const { lagMs, replaces } = schedule.server;
  const isForeign = schedule.faults.some(({ kind }) => kind === "foreign");
  if (replaces || isForeign || lagMs > (schedule.readLagMs ?? READ_LAG_MS)) return [];
  return batches.flatMap(({ batchId, blocks }) =>
    // Faults can give every write of a batch an undocumented code.
    blocks.filter(({ code }) => code === undefined).map(({ reason }) => `${batchId} was blocked: ${reason}`),
  );
}

/** On a server that replaces, the first write that displaces something blocks its batch, and the batch records what went away. */
function checkReplacing(history: History): string[] {
  const { schedule, server } = history;
  if (!schedule.server.replaces) return [];
  const displaced = server.tickets.removed.filter(({ isDisplaced }) => isDisplaced);
  const all = new Set(displaced.map(({ ticket, related }) => `${ticket} ${related}`));
  const isForeign = (one: string): boolean => server.tickets.isForeign(one.split(" ")[0] ?? "");
  const untrue = history.batches.flatMap((batch) =>
    [...batch.displaced]
      .filter((one) => !all.has(one) && !isForeign(one))
      .map((one) => `${batch.batchId} says it displaced ${one}`),
  );
  if (!schedule.faults.every(isHarmless) || schedule.server.rates) return untrue;
  const writes = new Set(displaced.map(({ batch, attempt, at }) => `${batch} ${attempt} ${at}`));
  const attempts = new Set(displaced.map(({ batch, attempt }) => `${batch} ${attempt}`));
  const repeated = writes.size > attempts.size ? ["an attempt wrote again after a write that displaced"] : [];
  return [...untrue, ...repeated, ...history.batches.flatMap((batch) => checkDisplaced(batch, history))];
}

/** Nothing keeps a batch from noticing what its writes do. */
const isHarmless = ({ kind }: Fault): boolean => kind === "delay" || kind === "repeat" || kind === "batch";

function checkDisplaced(batch: BatchHistory, { server, schedule }: History): string[] {
  const own = server.tickets.removed.filter((one) => one.isDisplaced && one.batch === batch.batchId);
  const isFirst = ({ ticket, related }: (typeof own)[number]): boolean =>
    schedule.preload[ticket]?.includes(related) ?? false;
  const unnoticed = own
    .filter(isFirst)
    .filter(({ ticket, related }) => !batch.displaced.has(`${ticket} ${related}`))
    .map(({ ticket, related }) => `${batch.batchId} does not record that it displaced ${ticket} ${related}`);
  const isSilent = own.length > 0 && batch.blocks.length === 0 && !batch.isCancelled;
  return isSilent ? [...unnoticed, `${batch.batchId} displaced associations and was not blocked`] : unnoticed;
}
