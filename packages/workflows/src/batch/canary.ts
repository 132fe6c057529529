import type { Trouble } from "../workflow/contracts.ts";

/** Writes to these two sorts of tickets can go wrong in different ways. */
export type TicketKind = "without associations" | "with associations";

/** The first write to a ticket of its sort: it says how the API behaved. */
export interface CanaryWrite {
  /** The API did what is documented. */
  confirm(): void;
  /** It did not: nobody of the batch writes any more. */
  fail(evidence: Evidence): void;
  /** The write told nothing, so that another ticket has to be tried. Does nothing after one of the others. */
  abandon(): void;
}

interface Evidence {
  ticket: string;
  /** What the ticket held before the write, what the write asked for, and what it held after. */
  before: string[];
  asked: string[];
  after: string[];
}

/**
 * Reads the first writes of a batch back before the batch spreads.
 *
 * One ticket without associations and one with some go ahead; all others of their sort wait for what they find. Where
 * the API does not do what is documented (it replaces instead of adding, say), the batch stops with two tickets touched.
 * One for a batch and process.
 */
export class Canary {
  readonly #writes = new Map<TicketKind, Promise<"confirmed" | "abandoned">>();
  #waitReason: Trouble | undefined;

  /** Set once a trial was refuted. */
  get waitReason(): Trouble | undefined {
    return this.#waitReason;
  }

  /**
   * Asks to write to a ticket of that sort. Undefined: go ahead. A trial: this is the first write. Look at `trouble`
   * first, also after waiting.
   */
  async enter(sort: TicketKind): Promise<CanaryWrite | undefined> {
    for (;;) {
      const trial = this.#writes.get(sort);
      if (!trial) return this.#begin(sort);
      if ((await trial) === "confirmed" || this.#waitReason) return undefined;
    }
  }

  #begin(sort: TicketKind): CanaryWrite {
    const { promise, resolve } = Promise.withResolvers<"confirmed" | "abandoned">();
    this.#writes.set(sort, promise);
    let isOpen = true;
    const end = (how: "confirmed" | "abandoned"): void => {
      isOpen = false;
      resolve(how);
    };
    return {
      confirm: () => end("confirmed"),
      fail: (evidence) => {
        this.#waitReason ??= { kind: "behaviour", reason: describe(evidence) };
        end("confirmed");
      },
      abandon: () => {
        if (!isOpen) return;
        this.#writes.delete(sort);
        end("abandoned");
      },
    };
  }
}

function describe({ ticket, before, asked, after }: Evidence): string {
  const lost = before.filter((id) => !after.includes(id));
  const missing = asked.filter((id) => !after.includes(id));
  const faults = [
    ...(lost.length > 0 ? [`${lost.join(", ")} went away`] : []),
    ...(missing.length > 0 ? [`${missing.join(", ")} did not come`] : []),
  ];
  return `the API does not do what its document says: ticket ${ticket} held [${before.join(", ")}], was asked for [${asked.join(", ")}], answered success and holds [${after.join(", ")}]: ${faults.join("; ")}`;
}
