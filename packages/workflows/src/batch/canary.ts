import type { WaitReason } from "../workflow/contracts.ts";

/** Writes to these two kinds of tickets can go wrong in different ways. */
export type TicketKind = "without associations" | "with associations";

/** The first write to a ticket of its kind. Its caller reads it back and reports how the API behaved. */
export interface CanaryWrite {
  /** The write was read back: others may follow, unless the canary failed. */
  confirm(): void;
  /** The write proved nothing: another ticket becomes the canary. Does nothing after `confirm`. */
  abandon(): void;
}

export interface Evidence {
  /** The first row that the write was for: what Temporal stores names tickets by their rows, never by their ids. */
  row: number;
  /** The associations before the write, those that it was meant to add or to remove, and those found after it. */
  current: string[];
  asked: string[];
  found: string[];
  isRemoval: boolean;
}

/**
 * The first writes of a batch, which are read back before others follow.
 *
 * The first ticket without associations and the first with some are written alone; all other tickets of their kind wait for
 * the result. If the API does not behave as documented, for example replaces instead of adding, the batch stops after at most
 * two tickets. Each batch has one canary in each process.
 */
export class Canary {
  readonly #writes = new Map<TicketKind, Promise<"confirmed" | "abandoned">>();
  #waitReason: WaitReason | undefined;

  /** Set once a canary write has failed. */
  get waitReason(): WaitReason | undefined {
    return this.#waitReason;
  }

  /**
   * Resolves when a ticket of that kind may be written. Returns a canary write if this write is the first of its kind, else
   * undefined. The caller then checks `waitReason` before it sends.
   */
  async enter(kind: TicketKind): Promise<CanaryWrite | undefined> {
    for (;;) {
      const write = this.#writes.get(kind);
      if (!write) return this.#begin(kind);
      if ((await write) === "confirmed" || this.#waitReason) return undefined;
    }
  }

  /** The API did something else than is documented: the batch sends no further write. */
  fail(evidence: Evidence): void {
    this.#waitReason ??= { kind: "behaviour", reason: describe(evidence), row: evidence.row };
  }

  #begin(kind: TicketKind): CanaryWrite {
    const { promise, resolve } = Promise.withResolvers<"confirmed" | "abandoned">();
    this.#writes.set(kind, promise);
    let isOpen = true;
    const end = (how: "confirmed" | "abandoned"): void => {
      isOpen = false;
      resolve(how);
    };
    return {
      confirm: () => end("confirmed"),
      abandon: () => {
        if (!isOpen) return;
        this.#writes.delete(kind);
        end("abandoned");
      },
    };
  }
}

function describe({ row, current, asked, found, isRemoval }: Evidence): string {
  const displaced = current.filter((id) => !found.includes(id) && !(isRemoval && asked.includes(id)));
  const missing = asked.filter((id) => !isRemoval && !found.includes(id));
  const left = asked.filter((id) => isRemoval && found.includes(id));
  const deviations = [
    ...(displaced.length > 0 ? [`${displaced.length} went away`] : []),
    ...(missing.length > 0 ? [`${missing.length} did not come`] : []),
    ...(left.length > 0 ? [`${left.length} did not go away`] : []),
  ];
  const write = isRemoval ? "removal" : "write";
  return `the API does not behave as documented: the ticket of row ${row} had associations: ${current.length} before a ${write} of ${asked.length} that succeeded, ${found.length} after it; ${deviations.join("; ")}`;
}
