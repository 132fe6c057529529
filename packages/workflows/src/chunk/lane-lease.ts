import type { LeaseDoubt, LeaseRecord, Ledger } from "@caselink/ledger";
import { READ_LAG_MS } from "../workflow/read-lag.ts";

/** The part of the ledger that leases need. */
export type LeaseLedger = Pick<
  Ledger,
  "newestLease" | "createLease" | "holdsLease" | "rewriteLease" | "hasConditionalWrites"
>;

type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** Another attempt holds the lane: this one must not write any more. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
  /** The lease that was found instead of this attempt's own; undefined if there was none, or it could not be read. */
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
  holder: Pick<LeaseRecord, "token" | "host" | "pid" | "start_mark">;
  /** The chunk that this attempt works. It may have ambiguous writes from now on. */
  claim: LeaseDoubt;
  /** As in the task. */
  turn?: number | undefined;
  /** The lane works a symmetric API: a write changes tickets of other chunks. */
  isShared?: boolean;
  /** As in the task. */
  sinceWriteMs?: number | undefined;
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
 * which was not released waits that long, and one request longer, before its first write. The lease names the chunks
 * that may have ambiguous writes, so that holders which work other batches leave these tickets alone.
 */
export class LaneLease {
  readonly #options: LaneLeaseOptions;
  #record: LeaseRecord;
  /** The chunks that may have ambiguous writes, without the one that this attempt works. */
  readonly doubts: readonly LeaseDoubt[];
  /** An earlier attempt of the lane may have left ambiguous writes in the chunk that this attempt works. */
  readonly isClaimDoubtful: boolean;
  /** An earlier attempt of the same turn held the lane: what it wrote may not show yet. */
  readonly isRepeated: boolean;
  #verifiedAt = Number.NEGATIVE_INFINITY;
  #verifying: Promise<void> | undefined;
  #mustSeal: boolean;
  readonly #mayBeReplaced: boolean;
  #isLost = false;
  #hasWritten = false;
  #lostTo: LeaseRecord | undefined;

  private constructor(
    options: LaneLeaseOptions,
    record: LeaseRecord,
    before: LeaseRecord | undefined,
    mayBeReplaced: boolean,
  ) {
    this.#options = options;
    this.#mayBeReplaced = mayBeReplaced;
    this.#record = record;
    this.#mustSeal = before !== undefined && (before.waits === true || !before.released);
    const earlier = before?.doubts ?? [];
    this.doubts = withoutClaim(earlier, options.claim);
    this.isClaimDoubtful = this.doubts.length < earlier.length;
    this.isRepeated = options.turn !== undefined && before?.turn === options.turn;
  }

  /** @throws {LeaseLostError} if another attempt acquires the lane in the same moment */
  static async acquire(options: LaneLeaseOptions): Promise<LaneLease> {
    const { ledger, lane, holder, claim, turn, now, hasExited } = options;
    const startedAt = now();
    const before = await ledger.newestLease(lane);
    // A predecessor may have ended while it waited for a stalled holder, which may still run.
    const isFree = !before || (!before.waits && (before.released || (await hasExited(before))));
    const record: LeaseRecord = {
      ...holder,
      epoch: (before?.epoch ?? 0) + 1,
      taken_at: new Date(startedAt).toISOString(),
      ...(turn !== undefined && { turn }),
      ...(!isFree && { waits: true }),
      released: false,
      doubts: [
        ...withoutClaim(before?.doubts ?? [], claim),
        before?.doubts.find((doubt) => isSame(doubt, claim)) ?? claim,
      ],
      ...(before?.last_write && { last_write: before.last_write }),
    };
    const isMine = await ledger.createLease(lane, record);
    // Without conditional writes, an attempt that slept since it looked may have replaced the lease of another one.
    const mayBeReplaced = !(await ledger.hasConditionalWrites());
    const isLate = mayBeReplaced && !isAgeBelow(now() - startedAt);
    if (!isMine || isLate) throw new LeaseLostError(lane, await ledger.newestLease(lane));
    return new LaneLease(options, record, before, mayBeReplaced);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * How long to wait before the first write, in milliseconds: until then, a request of an earlier holder may be in flight. Without
   * conditional writes an attempt that looked at the lane before may replace the lease until then.
   */
  get waitMs(): number {
    if (this.#record.waits) return MAX_LEASE_AGE_MS + this.#options.requestLimitMs;
    return this.#mayBeReplaced ? MAX_LEASE_AGE_MS : 0;
  }

  /**
   * Waits until no request of an earlier holder can be in flight. Returns `false` if `stop` was aborted before: then
   * nothing may be written, and what a ticket shows does not count.
   */
  async waitUntilWritable(sleep: Sleep, stop: AbortSignal): Promise<boolean> {
    if (this.waitMs === 0) return true;
    // A time on the clock would be hours away after the clock was put back.
    await sleep(this.waitMs, stop);
    return !stop.aborted;
  }

  /**
   * The predecessor did not release the lease: it may wake up and store what no one has read. The snapshot and the results
   * of the claim, and of all chunks that the lease names, need a new version before their content counts.
   */
  get mustSeal(): boolean {
    return this.#mustSeal;
  }

  /** A predecessor could not seal the claim, because a file of it was damaged. */
  get mustSealClaim(): boolean {
    const { claim } = this.#options;
    return this.#mustSeal || this.#record.doubts.some((doubt) => doubt.unsealed && isSame(doubt, claim));
  }

  /**
   * The chunks are sealed, or will be named as unsealed when the lease is released: a successor need neither wait for an
   * earlier holder nor seal.
   * @throws {LeaseLostError}
   */
  async recordSealed(): Promise<void> {
    const { waits: _, ...record } = this.#record;
    if (!(await this.#rewrite(record))) throw await this.#lose();
    this.#mustSeal = false;
  }

  /**
   * Waits until reads show the lane's last write, unless this attempt knows of it. A lane waits for another batch's write
   * between two turns; but a run of the lane that has just started does not know of the turns before it. Returns `false` if
   * `stop` was aborted before.
   *
   * @param readLagMs how long reads lag as far as this attempt knows
   */
  async waitUntilShown(readLagMs: number, sleep: Sleep, stop: AbortSignal): Promise<boolean> {
    const { last_write: last } = this.#record;
    const { now, sinceWriteMs = Number.POSITIVE_INFINITY } = this.#options;
    if (!last || this.#knows(last)) return true;
    const lagMs = Math.max(last.read_lag_ms, readLagMs);
    // A clock that was put back does not lengthen the wait. The writer's clock may be behind this one.
    const waitMs = Math.max(lagMs - sinceWriteMs, Math.min(lagMs, Date.parse(last.at) + lagMs - now()));
    if (waitMs <= 0) return true;
    await sleep(waitMs, stop);
    return !stop.aborted;
  }

  /** The batch's results have its own writes. In the shared lane only the process knows what it wrote to related tickets. */
  #knows({ batch, host, pid }: NonNullable<LeaseRecord["last_write"]>): boolean {
    const { claim, holder, isShared } = this.#options;
    return batch === claim.batch && (!isShared || (host === holder.host && pid === holder.pid));
  }

  /** A write of this attempt was sent, or may have been. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** A request that writes follows, if the lease is held. @throws {LeaseLostError} */
  async assertMayWrite(): Promise<void> {
    await this.assertHeld();
    this.#hasWritten = true;
  }

  /** To be called right before a write, or a change of the ledger. @throws {LeaseLostError} */
  async assertHeld(): Promise<void> {
    // A verification that took too long is repeated: the process may have been stopped during it.
    while (!isAgeBelow(this.#options.now() - this.#verifiedAt)) {
      this.#verifying ??= this.#verify().finally(() => (this.#verifying = undefined));
      await this.#verifying;
    }
    if (this.#isLost) throw new LeaseLostError(this.#options.lane, this.#lostTo);
  }

  /**
   * Frees the lane, unless chunks have to be sealed first: then that is for the successor. No request of this attempt may be
   * in flight any more.
   *
   * @param doubts the chunks that may still have ambiguous writes; default: those of the predecessor and the claim
   * @param readLagMs how long reads may lag behind the writes of this attempt; default: 5 s
   */
  async release(doubts: readonly LeaseDoubt[] = this.#record.doubts, readLagMs: number = READ_LAG_MS): Promise<void> {
    const { ledger, lane, now, claim, holder } = this.#options;
    if (this.#mustSeal || this.#isLost || !(await ledger.holdsLease(lane, this.#record))) return;
    const at = new Date(now()).toISOString();
    await this.#rewrite({
      ...this.#record,
      taken_at: at,
      released: true,
      doubts: [...doubts],
      ...(this.#hasWritten && {
        last_write: { batch: claim.batch, at, read_lag_ms: readLagMs, host: holder.host, pid: holder.pid },
      }),
    });
  }

  /** False if another attempt has acquired the lane. */
  async #rewrite(record: LeaseRecord): Promise<boolean> {
    const { ledger, lane } = this.#options;
    this.#record = record;
    return ledger.rewriteLease(lane, record);
  }

  async #lose(): Promise<LeaseLostError> {
    const { ledger, lane } = this.#options;
    this.#isLost = true;
    this.#lostTo = await ledger.newestLease(lane).catch(() => undefined);
    return new LeaseLostError(lane, this.#lostTo);
  }

  async #verify(): Promise<void> {
    const { ledger, lane, now } = this.#options;
    const at = now();
    if (!(await ledger.holdsLease(lane, this.#record))) throw await this.#lose();
    this.#verifiedAt = at;
  }
}

/** An age below zero is that of a time before the clock was put back: it can be any. */
const isAgeBelow = (ageMs: number): boolean => ageMs >= 0 && ageMs <= MAX_LEASE_AGE_MS;

const withoutClaim = (doubts: readonly LeaseDoubt[], claim: LeaseDoubt): LeaseDoubt[] =>
  doubts.filter((doubt) => !isSame(doubt, claim));

const isSame = (one: LeaseDoubt, other: LeaseDoubt): boolean => one.batch === other.batch && one.chunk === other.chunk;
