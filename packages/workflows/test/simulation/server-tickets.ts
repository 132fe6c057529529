import type { Schedule } from "./schedule.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Who sends a write: an attempt of a batch, or someone who does not use the engine. */
export interface Writer {
  batch: string;
  /** Counts over the whole run; absent: unknown. */
  attempt?: number;
  /** It does not know that the API is symmetric: it looks at one ticket only. */
  isBlind?: boolean;
  /** It knows that, and writes in a lane that other lanes share the tickets with. */
  isAstray?: boolean;
}

/** An association that was added or removed, and the batch that did it. */
export interface Made {
  ticket: string;
  related: string;
  batch: string;
  at: number;
}

/** `since`: when it was added. `isDisplaced`: by a write that named others, on a server that replaces. */
export type Removed = Made & { since: number; isDisplaced: boolean; attempt: number | undefined };

interface Gone {
  related: string;
  since: number;
  at: number;
}

/** The tickets of the modelled API, and everything that was done to them. */
export class ServerTickets {
  readonly made: Made[] = [];
  readonly removed: Removed[] = [];
  readonly violations: string[] = [];
  /** Associations that a blind writer asked for, as `keyOf`. */
  readonly blind = new Set<string>();
  readonly #tickets = new Map<string, Map<string, number>>();
  readonly #gone = new Map<string, Gone[]>();
  readonly #foreign = new Set<string>();
  readonly #clock: VirtualClock;
  readonly #server: Schedule["server"];

  constructor(clock: VirtualClock, { preload, server }: Pick<Schedule, "preload" | "server">) {
    this.#clock = clock;
    this.#server = server;
    for (const [ticket, related] of Object.entries(preload))
      for (const id of related) this.#link(ticket, id, Number.NEGATIVE_INFINITY);
  }

  /** The same for `A,B` and `B,A` if the server is symmetric. */
  readonly keyOf = (ticket: string, related: string): string =>
    this.#server.isSymmetric && related < ticket ? `${related} ${ticket}` : `${ticket} ${related}`;

  held(ticket: string): string[] {
    return [...this.#heldBy(ticket).keys()];
  }

  /** Someone else has changed the ticket, or tried to. */
  isForeign(ticket: string): boolean {
    return this.#foreign.has(ticket);
  }

  /** The associations of a ticket as reads show them now. */
  shown(ticket: string): string[] {
    const shownAt = this.#clock.now() - this.#server.lagMs;
    const shown = new Set<string>();
    for (const [related, at] of this.#heldBy(ticket)) if (at <= shownAt) shown.add(related);
    for (const { related, since, at } of this.#gone.get(ticket) ?? [])
      if (since <= shownAt && at > shownAt) shown.add(related);
    return [...shown];
  }

  /** Returns the code of the rejection, if there is one. */
  create(writer: Writer, ticket: string, relatedIds: readonly string[]): string | undefined {
    const { isAtomic, replaces } = this.#server;
    this.#watch(writer, ticket, relatedIds);
    const before = this.#heldBy(ticket);
    const after = new Set(replaces ? [] : before.keys());
    let rejection = rejectionOf([ticket]);
    for (const related of rejection ? [] : relatedIds) {
      rejection = this.#rejectionOf(related, after, before.has(related));
      if (rejection) break;
      after.add(related);
    }
    if (rejection && isAtomic) return rejection;
    for (const related of before.keys()) {
      if (!after.has(related)) this.#drop(writer, ticket, related, true);
    }
    for (const related of after) if (!before.has(related)) this.#add(writer, ticket, related);
    return rejection;
  }

  #rejectionOf(related: string, after: ReadonlySet<string>, wasThere: boolean): string | undefined {
    const { isLimitEnforced, duplicate, isSymmetric } = this.#server;
    if (wasThere && duplicate === "ok") return undefined;
    const rejection = rejectionOf([related]) ?? (wasThere ? "OSM.01010045" : undefined);
    const isFull = after.size >= 3 || (isSymmetric === true && this.#heldBy(related).size >= 3);
    return rejection ?? (isLimitEnforced && isFull && !after.has(related) ? "OSM.01010043" : undefined);
  }

  remove(writer: Writer, ticket: string, related: string): string | undefined {
    this.#noteAstray(writer, ticket);
    const rejection = rejectionOf([ticket, related]);
    if (rejection) return rejection;
    if (!this.#heldBy(ticket).has(related)) return this.#server.duplicate === "ok" ? undefined : "OSM.01010045";
    this.#drop(writer, ticket, related, false);
    return undefined;
  }

  /** Someone else, who does not use the engine, adds or removes an association. True if that changed something. */
  changeAsForeigner(ticket: string, related: string, adds: boolean): boolean {
    const isThere = this.#heldBy(ticket).has(related);
    const isFull = [ticket, related].some((id) => this.#heldBy(id).size >= 3);
    for (const id of this.#server.isSymmetric ? [ticket, related] : [ticket]) this.#foreign.add(id);
    if (adds === isThere || (adds && isFull)) return false;
    if (adds) this.#add({ batch: "foreign" }, ticket, related);
    else this.#drop({ batch: "foreign" }, ticket, related, false);
    return true;
  }

  /** Records what no writer may ask for. */
  #watch(writer: Writer, ticket: string, relatedIds: readonly string[]): void {
    const { isSymmetric } = this.#server;
    this.#noteAstray(writer, ticket);
    if (writer.isBlind) for (const related of relatedIds) this.blind.add(this.keyOf(ticket, related));
    this.#watchLimit(writer, ticket, relatedIds);
    if (!isSymmetric || writer.isBlind) return;
    for (const related of relatedIds) if (!rejectionOf([ticket, related])) this.#watchLimit(writer, related, [ticket]);
  }

  #watchLimit({ batch }: Writer, ticket: string, relatedIds: readonly string[]): void {
    const union = new Set([...this.#heldBy(ticket).keys(), ...relatedIds]);
    if (union.size > 3 && !this.#foreign.has(ticket) && !this.#hasBlind(ticket))
      this.violations.push(`${batch} asked for a fourth association of ${ticket}: ${[...union].join(" ")}`);
  }

  /** A write of someone who saw one ticket only has changed the ticket. */
  #hasBlind(ticket: string): boolean {
    return [...this.blind].some((key) => key.split(" ").includes(ticket));
  }

  #noteAstray({ batch, isAstray }: Writer, ticket: string): void {
    if (isAstray) this.violations.push(`${batch} wrote to ${ticket} outside the shared lane`);
  }

  #add({ batch }: Writer, ticket: string, related: string): void {
    const at = this.#clock.now();
    this.#link(ticket, related, at);
    this.made.push({ ticket, related, batch, at });
    const size = this.#heldBy(ticket).size;
    if (size > 3 && !this.#foreign.has(ticket) && !this.#hasBlind(ticket))
      this.violations.push(`${ticket} holds ${size} associations`);
  }

  #drop({ batch, attempt }: Writer, ticket: string, related: string, isDisplaced: boolean): void {
    const since = this.#unlink(ticket, related);
    if (this.#server.isSymmetric) this.#unlink(related, ticket);
    this.removed.push({ ticket, related, batch, since, at: this.#clock.now(), isDisplaced, attempt });
  }

  #link(ticket: string, related: string, at: number): void {
    this.#mapOf(ticket).set(related, at);
    if (this.#server.isSymmetric) this.#mapOf(related).set(ticket, at);
  }

  #unlink(ticket: string, related: string): number {
    const since = this.#heldBy(ticket).get(related) ?? 0;
    this.#mapOf(ticket).delete(related);
    const gone = this.#gone.get(ticket) ?? [];
    gone.push({ related, since, at: this.#clock.now() });
    this.#gone.set(ticket, gone);
    return since;
  }

  #heldBy(ticket: string): ReadonlyMap<string, number> {
    return this.#tickets.get(ticket) ?? NONE;
  }

  #mapOf(ticket: string): Map<string, number> {
    const known = this.#tickets.get(ticket) ?? new Map<string, number>();
    this.#tickets.set(ticket, known);
    return known;
  }
}

const NONE: ReadonlyMap<string, number> = new Map();

/** Why the API says no to a request that names these tickets. */
export function rejectionOf(ids: readonly string[]): string | undefined {
  if (ids.some((id) => id.startsWith("GONE"))) return "OSM.01010015";
  return ids.some((id) => id.startsWith("DENIED")) ? "OSM.01010002" : undefined;
}
