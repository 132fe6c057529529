import type { LaneLease as LeaseRecord, Ledger } from "@caselink/ledger";

/** The part of the ledger that leases need. */
export type LeaseLedger = Pick<Ledger, "readLease" | "writeLease">;

/** The lane was taken by another attempt: this one has no business writing any more. */
export class LeaseLostError extends Error {
  override readonly name = "LaneLostError";
  /** Whose lease was seen in the place of the own one. */
  readonly lease: LeaseRecord | undefined;

  constructor(lane: string, lease: LeaseRecord | undefined) {
    super(`lane ${lane} was taken by another attempt`);
    this.lease = lease;
  }
}

export interface LaneLeaseOptions {
  ledger: LeaseLedger;
  lane: string;
  /** This attempt. */
  holder: Pick<LeaseRecord, "token" | "order" | "host" | "pid" | "start_mark">;
  /** True where a holder surely is no more: a process of this machine that has ended. */
  hasExited: (holder: LeaseRecord) => boolean | Promise<boolean>;
  /** Milliseconds on a clock that also runs while the process is stopped. */
  now: () => number;
  /** How long a request may take from its last check to its end. */
  requestLimitMs: number;
}

/** So old may the last look at the lease be when a write begins. */
export const MAX_LEASE_AGE_MS = 3_000;

/**
 * An attempt's hold of its lane: what keeps a process that was stopped, and wakes up long after others took over, from
 * writing beside them.
 *
 * Before each write the holder looks whether the lease is still its own, unless it looked within the last seconds. Who
 * finds the lease of a holder that did not end by itself waits that long, and one request longer, before its first write.
 */
export class LaneLease {
  readonly #options: LaneLeaseOptions;
  /** From when on this attempt may write. */
  readonly writableFrom: number;
  #verifiedAt = Number.NEGATIVE_INFINITY;
  /** When the lease was last known to be this attempt's. */
  #heldAt: number;
  #verifying: Promise<void> | undefined;
  #isLost = false;
  #lostTo: LeaseRecord | undefined;

  private constructor(options: LaneLeaseOptions, writableFrom: number) {
    this.#options = options;
    this.writableFrom = writableFrom;
    this.#heldAt = options.now();
  }

  static async acquire(options: LaneLeaseOptions): Promise<LaneLease> {
    const { ledger, lane, holder, now, hasExited: isGone, requestLimitMs } = options;
    const startedAt = now();
    const before = await ledger.readLease(lane);
    if (before && isLater(before, holder)) throw new LeaseLostError(lane, before);
    const isFree = !before || before.released || before.token === holder.token || (await isGone(before));
    // Who waits for a stalled holder may end while it waits, which does not end the other one.
    const inherited = before?.released === false ? Date.parse(before.writes_from ?? "") || 0 : 0;
    const waitsMs = MAX_LEASE_AGE_MS + requestLimitMs;
    await write(options, Math.max(inherited, isFree ? 0 : startedAt + MAX_LEASE_AGE_MS + waitsMs));
    // It slept while it took the lane, and may just have overwritten the lease of a later attempt; which takes it back.
    if (now() - startedAt > MAX_LEASE_AGE_MS) throw new LeaseLostError(lane, undefined);
    return new LaneLease(options, Math.max(now() + (isFree ? 0 : waitsMs), inherited));
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** To be called right before a write, or a change of the ledger. @throws {LeaseLostError} */
  async assertHeld(): Promise<void> {
    // Looks again where a look itself took so long that it is old: the process may have been stopped meanwhile.
    while (this.#options.now() - this.#verifiedAt > MAX_LEASE_AGE_MS) {
      this.#verifying ??= this.#verify().finally(() => (this.#verifying = undefined));
      await this.#verifying;
    }
    if (this.#isLost) throw new LeaseLostError(this.#options.lane, this.#lostTo);
  }

  /** Nothing of this attempt is under way any more. */
  async release(): Promise<void> {
    const { ledger, lane, holder, now } = this.#options;
    const lease = await ledger.readLease(lane);
    if (lease?.token !== holder.token) return;
    await ledger.writeLease(lane, { ...lease, taken_at: new Date(now()).toISOString(), released: true });
  }

  async #verify(): Promise<void> {
    const { ledger, lane, holder, now, requestLimitMs } = this.#options;
    const at = now();
    const lease = await ledger.readLease(lane);
    if (lease?.token !== holder.token) {
      // An earlier attempt that slept while it took the lane: it noticed, and writes nothing. Unless its lease hides that
      // of a later one, which may have come and gone where the last look is old enough for that.
      const isRecent = at - this.#heldAt <= MAX_LEASE_AGE_MS + requestLimitMs;
      if (lease && isRecent && isLater(holder, lease)) await write(this.#options, this.writableFrom);
      else {
        this.#isLost = true;
        this.#lostTo = lease;
        throw new LeaseLostError(lane, lease);
      }
    }
    this.#verifiedAt = at;
    this.#heldAt = at;
  }
}

async function write({ ledger, lane, holder, now }: LaneLeaseOptions, writableFrom: number): Promise<void> {
  const waits = writableFrom > now() ? { writes_from: new Date(writableFrom).toISOString() } : {};
  await ledger.writeLease(lane, { ...holder, taken_at: new Date(now()).toISOString(), ...waits, released: false });
}

function isLater(a: Pick<LeaseRecord, "order">, b: Pick<LeaseRecord, "order">): boolean {
  const at = a.order.findIndex((part, index) => part !== b.order[index]);
  return at >= 0 && (a.order[at] ?? 0) > (b.order[at] ?? 0);
}
