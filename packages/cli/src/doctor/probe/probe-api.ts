import { randomBytes } from "node:crypto";
import type { ApiObservations } from "@caselink/ledger";
import type { OsmClient } from "@caselink/sdk";
import { english, t } from "../../language/words.ts";
import { PairReader } from "./pair-reader.ts";
import { ProbeWrites, rejectionCode, type TicketPair } from "./probe-writes.ts";
import { restoreTickets, type Leftover } from "./restore-tickets.ts";

/** In milliseconds. */
export interface ProbeTimes {
  /** How long to wait until reads show a write. */
  showMs: number;
  /** How long something must not show before it counts as absent; at least three times the read lag. */
  absenceMs: number;
  /** Waits before a failed step of the restoring is tried again. */
  retryMs: readonly number[];
}

export const PROBE_TIMES: ProbeTimes = { showMs: 20_000, absenceMs: 5_000, retryMs: [1_000, 2_000, 4_000, 8_000] };

export interface ProbeOptions {
  times: ProbeTimes;
  /** Ends the probe: no further step begins, and the tickets are restored. */
  signal: AbortSignal;
  /** Ends the restoring, too. */
  stopSignal: AbortSignal;
  /** Called with each step in words before it begins. */
  onStep: (step: string) => void;
}

export interface ProbeResult {
  observations: ApiObservations;
  /** Why not all steps were done. */
  failure?: unknown;
  left: Leftover[];
}

/** The tickets cannot be used for a probe, or the API does not do what it is documented to do. Nothing is left of it. */
export class ProbeError extends Error {
  override readonly name = "ProbeError";
}

/** A create needs one free place on both tickets: the API may be symmetric. */
const PLACES = 3;

/**
 * Finds out how an API behaves with an association of two tickets, which it creates and removes. Rejects only if nothing
 * was written; else the result has what was observed, and what could not be restored.
 */
export async function probeApi(client: OsmClient, pair: TicketPair, options: ProbeOptions): Promise<ProbeResult> {
  const { times, signal, stopSignal, onStep } = options;
  const reader = new PairReader(client, signal);
  onStep(t`reading ${pair.ticket} and ${pair.other}`);
  const before = await readUsable(pair, reader);
  const probe = new Probe(client, pair, before, reader, options);
  let failure: unknown;
  try {
    await probe.run();
  } catch (error) {
    failure = error;
  }
  if (probe.writes.sent.size > 0) onStep(t`removing what was created, and reading both tickets again`);
  const writes = new ProbeWrites(client, pair);
  const left = await restoreTickets(
    pair,
    probe.writes,
    { before, missing: probe.displaced },
    { reader: new PairReader(client, stopSignal), writes },
    { ...times, signal: stopSignal },
  );
  return { observations: probe.observations, failure, left };
}

/** Returns the associations of the first ticket. Throws if the pair cannot be used. */
async function readUsable({ ticket, other }: TicketPair, reader: PairReader): Promise<ReadonlySet<string>> {
  const ofTicket = await reader.read(ticket);
  const ofOther = await reader.read(other);
  if (ofTicket.has(other) || ofOther.has(ticket)) {
    throw new ProbeError(
      `${ticket} and ${other} are associated already: the probe could not remove what it creates.\n  Nothing was changed. Name two tickets without an association between them.`,
    );
  }
  for (const [id, related] of [[ticket, ofTicket] as const, [other, ofOther] as const]) {
    if (related.size < PLACES) continue;
    throw new ProbeError(
      `${id} has ${related.size} associations: there is no room for another one.\n  Nothing was changed. Name a ticket with at most two.`,
    );
  }
  return ofTicket;
}

class Probe {
  readonly observations: ApiObservations = {};
  readonly writes: ProbeWrites;
  /** Associations of the ticket that the create removed: the API replaces instead of adding. */
  displaced: string[] = [];
  readonly #pair: TicketPair;
  readonly #before: ReadonlySet<string>;
  readonly #reader: PairReader;
  readonly #options: ProbeOptions;
  #lagMs = 0;

  constructor(
    client: OsmClient,
    pair: TicketPair,
    before: ReadonlySet<string>,
    reader: PairReader,
    options: ProbeOptions,
  ) {
    this.writes = new ProbeWrites(client, pair);
    this.#pair = pair;
    this.#before = before;
    this.#reader = reader;
    this.#options = options;
  }

  async run(): Promise<void> {
    await this.#create();
    await this.#findSymmetry();
    await this.#createAgain();
    await this.#remove();
    await this.#createWithMissing();
  }

  async #create(): Promise<void> {
    const { ticket, other } = this.#pair;
    this.#begin(t`associating ${ticket} with ${other}`);
    const result = await this.writes.create([other]);
    if (result.kind === "rejected") throw result.error;
    const lagMs = await this.#reader.waitUntil(ticket, other, true, this.#options.times.showMs);
    if (lagMs === undefined) {
      if (result.kind === "ambiguous") throw result.error;
      throw new ProbeError(
        `the API accepted the association of ${ticket} with ${other}, but the list does not show it`,
      );
    }
    const now = await this.#reader.read(ticket);
    this.displaced = [...this.#before].filter((related) => !now.has(related));
    if (this.displaced.length > 0) {
      throw new ProbeError(`the API removed associations of ${ticket} (${this.displaced.join(", ")}) with a create`);
    }
    // The time of a write without a response is not known.
    if (result.kind === "ambiguous") return;
    this.#lagMs = lagMs;
    const evidence =
      lagMs === 0
        ? `the association ${ticket} -> ${other} showed in the first list`
        : `the association ${ticket} -> ${other} showed after ${lagMs} ms`;
    this.observations.read_lag_ms = { value: lagMs, evidence };
  }

  async #findSymmetry(): Promise<void> {
    const { ticket, other } = this.#pair;
    this.#begin(t`reading whether ${other} shows the association`);
    const limitMs = this.#absenceMs();
    const value = (await this.#reader.waitUntil(other, ticket, true, limitMs)) !== undefined;
    const evidence = value
      ? `after creating ${ticket} -> ${other}, the list of ${other} had ${ticket}`
      : `after creating ${ticket} -> ${other}, the list of ${other} did not have, for ${Math.round(limitMs / 1000)} s, ${ticket}`;
    this.observations.symmetric = { value, evidence };
  }

  async #createAgain(): Promise<void> {
    const { ticket, other } = this.#pair;
    this.#begin(t`creating the same association again`);
    const result = await this.writes.create([other]);
    const value = result.kind === "done" ? "success" : rejectionCode(result);
    if (value === undefined) return;
    this.observations.repeated_create = { value, evidence: english`creating ${ticket} -> ${other} again: ${value}` };
  }

  async #remove(): Promise<void> {
    const { ticket, other } = this.#pair;
    this.#begin(t`removing the association`);
    const result = await this.writes.remove(ticket, other);
    if (result.kind === "rejected") throw result.error;
    for (const [id, related] of [[ticket, other] as const, [other, ticket] as const]) {
      if ((await this.#reader.waitUntil(id, related, false, this.#options.times.showMs)) !== undefined) continue;
      throw new ProbeError(`the list of ${id} still has ${related} after its removal`);
    }
    this.writes.sent.delete(other);
  }

  /** The second id is of no ticket, so the API should reject the call. */
  async #createWithMissing(): Promise<void> {
    const { ticket, other } = this.#pair;
    // The call must not ask for more than three.
    if (this.#before.size + 2 > PLACES) return;
    const missing = `caselink-doctor-${randomBytes(8).toString("hex")}`;
    this.#begin(t`sending a call with an id that does not exist`);
    const result = await this.writes.create([other, missing]);
    const code = rejectionCode(result);
    if (code === undefined) return;
    const isPartial = (await this.#reader.waitUntil(ticket, other, true, this.#absenceMs())) !== undefined;
    const evidence = isPartial
      ? `a call for ${other} and an id that does not exist got ${code} and created ${ticket} -> ${other}`
      : `a call for ${other} and an id that does not exist got ${code} and did not create ${ticket} -> ${other}`;
    this.observations.rejected_call = { value: isPartial ? "partial" : "all-or-nothing", evidence };
  }

  #absenceMs(): number {
    return Math.max(this.#options.times.absenceMs, 3 * this.#lagMs);
  }

  #begin(step: string): void {
    this.#options.signal.throwIfAborted();
    this.#options.onStep(step);
  }
}
