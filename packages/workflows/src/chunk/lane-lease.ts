import type { LeaseRecord, Ledger } from "@caselink/ledger";

/** The part of the ledger that leases need. */
export type LeaseLedger = Pick<Ledger, "readLease" | "writeLease">;

/** Another attempt holds the lane: this one must not write any more. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
  /** The lease that was found instead of this attempt's own. */
  readonly lease: LeaseRecord | undefined;

  constructor(lane: string, lease: LeaseRecord | undefined) {
    super(`another attempt holds lane ${lane}`);
    this.lease = lease;
  }
}

export interface LaneLeaseOptions {
  ledger: LeaseLedger;
  lane: string;
  /** This attempt. */
  holder: Pick<LeaseRecord, "token" | "epoch" | "host" | "pid" | "start_mark">;
  /** True if the holder certainly does not run: a process of this machine that has ended. */
  hasExited: (holder: LeaseRecord) => boolean | Promise<boolean>;
  /** Milliseconds on a clock that also runs while the process is stopped. */
  now: () => number;
  /** How long a request may take from its last check to its end, in milliseconds. */
  requestLimitMs: number;
}

/** A write verifies the lease first if the last verification is older, in milliseconds. */
export const MAX_LEASE_AGE_MS = 3_000;

/**
 * An attempt's exclusive right to write for a lane. It keeps a process that was stopped, and wakes up after another one
 * took over, from writing next to its successor.
 *
 * Before each write the holder verifies the lease, unless it did so within the last 3 s. A successor that finds a lease
 * which was not released waits that long, and one request longer, before its first write.
 */
export class LaneLease {
  readonly #options: LaneLeaseOptions;
  /** The earliest time of the first write. */
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
    const { ledger, lane, holder, now, hasExited, requestLimitMs } = options;
    const startedAt = now();
    const before = await ledger.readLease(lane);
    if (before && isLater(before, holder)) throw new LeaseLostError(lane, before);
    const isFree = !before || before.released || before.token === holder.token || (await hasExited(before));
    // A predecessor may have ended while it waited for a stalled holder, which may still run.
    const inherited = before?.released === false ? Date.parse(before.writes_from ?? "") || 0 : 0;
    const waitsMs = MAX_LEASE_AGE_MS + requestLimitMs;
    await write(options, Math.max(inherited, isFree ? 0 : startedAt + MAX_LEASE_AGE_MS + waitsMs));
    // It slept while it acquired the lane, and may have overwritten the lease of a later attempt. That attempt restores it.
    if (now() - startedAt > MAX_LEASE_AGE_MS) throw new LeaseLostError(lane, undefined);
    return new LaneLease(options, Math.max(now() + (isFree ? 0 : waitsMs), inherited));
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** To be called right before a write, or a change of the ledger. @throws {LeaseLostError} */
  async assertHeld(): Promise<void> {
    // A verification that took too long is repeated: the process may have been stopped during it.
    while (this.#options.now() - this.#verifiedAt > MAX_LEASE_AGE_MS) {
      this.#verifying ??= this.#verify().finally(() => (this.#verifying = undefined));
      await this.#verifying;
    }
    if (this.#isLost) throw new LeaseLostError(this.#options.lane, this.#lostTo);
  }

  /** Frees the lane. No request of this attempt may be in flight any more. */
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
      // An earlier attempt slept while it acquired the lane: it noticed, and writes nothing. But if this attempt's last
      // verification is old, that lease may hide the lease of a later attempt that has come and gone.
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

function isLater(a: Pick<LeaseRecord, "epoch">, b: Pick<LeaseRecord, "epoch">): boolean {
  const at = a.epoch.findIndex((part, index) => part !== b.epoch[index]);
  return at >= 0 && (a.epoch[at] ?? 0) > (b.epoch[at] ?? 0);
}
