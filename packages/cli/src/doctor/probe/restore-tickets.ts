import { setTimeout as sleep } from "node:timers/promises";
import { isApiError } from "@caselink/sdk";
import type { PairReader } from "./pair-reader.ts";
import type { ProbeWrites, TicketPair } from "./probe-writes.ts";

/** A difference to the tickets before the probe, which could not be undone. */
export interface Leftover {
  ticket: string;
  related: string;
  /** The call that would undo it: `delete` if the probe created the association, `create` if its write displaced it. */
  undoneBy: "delete" | "create";
  reason: string;
}

export interface RestoreOptions {
  /** How long reads may lag, in milliseconds. */
  showMs: number;
  /** Waits before a failed step is tried again, in milliseconds. */
  retryMs: readonly number[];
  /** Stops the work: everything that is not certain is then left. */
  signal: AbortSignal;
}

/**
 * Removes all associations that the writes may have created, and creates again what they displaced. A write whose result
 * is ambiguous is resolved by reading. Returns what is left; never rejects.
 */
export async function restoreTickets(
  pair: TicketPair,
  { sent }: Pick<ProbeWrites, "sent">,
  displaced: { before: ReadonlySet<string>; missing: readonly string[] },
  { reader, writes }: { reader: PairReader; writes: ProbeWrites },
  options: RestoreOptions,
): Promise<Leftover[]> {
  const left: Leftover[] = [];
  const step = async (
    [ticket, related]: [string, string],
    undoneBy: Leftover["undoneBy"],
    work: () => Promise<string | undefined>,
  ) => {
    const reason = await repeat(work, options);
    if (reason !== undefined) left.push({ ticket, related, undoneBy, reason });
  };
  const { ticket, other } = pair;
  for (const related of sent) {
    await step([ticket, related], "delete", () => removeAndRead(ticket, related, reader, writes, options.showMs));
  }
  if (sent.has(other)) {
    await step([other, ticket], "delete", async () => {
      if ((await reader.waitUntil(other, ticket, false, options.showMs)) !== undefined) return undefined;
      return removeAndRead(other, ticket, reader, writes, options.showMs);
    });
  }
  const [first] = displaced.missing;
  if (first !== undefined) {
    // A replacing API needs all associations in one call.
    await step([ticket, displaced.missing.join(", ")], "create", async () => {
      const result = await writes.create([...displaced.before]);
      const shown = await reader.waitUntil(ticket, first, true, options.showMs);
      return shown === undefined ? reasonOf(result) : undefined;
    });
  }
  return left;
}

/** Returns undefined when the association is certainly gone, else the reason why it may be there. */
async function removeAndRead(
  ticket: string,
  related: string,
  reader: PairReader,
  writes: ProbeWrites,
  showMs: number,
): Promise<string | undefined> {
  const result = await writes.remove(ticket, related);
  const isAbsent = result.kind === "rejected" && isApiError(result.error) && result.error.errorClass === "not-found";
  if (result.kind === "rejected" && !isAbsent) {
    // It may be gone anyway: a write of the probe may not have been executed.
    return (await reader.read(ticket)).has(related) ? result.error.message : undefined;
  }
  if ((await reader.waitUntil(ticket, related, false, showMs)) !== undefined) return undefined;
  return `it still shows ${Math.round(showMs / 1000)} s after its removal`;
}

function reasonOf(result: Awaited<ReturnType<ProbeWrites["create"]>>): string {
  return result.kind === "done" ? "the API accepted its creation, but it does not show" : result.error.message;
}

/** Repeats a step until it succeeds, with waits between. Returns the last reason why it failed. */
async function repeat(
  work: () => Promise<string | undefined>,
  { retryMs, signal }: RestoreOptions,
): Promise<string | undefined> {
  let reason: string | undefined;
  for (const waitMs of [0, ...retryMs]) {
    try {
      await sleep(waitMs, undefined, { signal });
      reason = await work();
    } catch (error) {
      if (signal.aborted) return reason ?? "interrupted before it was certain";
      reason = error instanceof Error ? error.message : String(error);
    }
    if (reason === undefined) return undefined;
  }
  return reason;
}
