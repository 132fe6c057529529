import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger, type Ledger } from "@caselink/ledger";
import { expect, onTestFinished, test } from "vitest";
import { LaneLease, LeaseLostError, MAX_LEASE_AGE_MS, type LaneLeaseOptions } from "./lane-lease.ts";

const REQUEST_LIMIT_MS = 15_000;
const WAIT_MS = MAX_LEASE_AGE_MS + REQUEST_LIMIT_MS;
const LANE = "api-a";
const NEVER = new AbortController().signal;

const claimOf = (token: string) => ({ batch: `batch of ${token}`, chunk: "a-00000" });

/** A clock that the test moves, and a ledger in a folder. */
async function openLane() {
  const folder = await mkdtemp(join(tmpdir(), "caselink-lease-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  let time = Date.parse("2026-11-29T12:00:00Z");
  const ledger = openLedger(folder);
  const options = (token: string, more: Partial<LaneLeaseOptions> = {}): LaneLeaseOptions => ({
    ledger,
    lane: LANE,
    holder: { token, host: "h", pid: 1 },
    claim: claimOf(token),
    hasExited: () => false,
    now: () => time,
    requestLimitMs: REQUEST_LIMIT_MS,
    ...more,
  });
  return {
    ledger,
    options,
    acquire: (token: string, more?: Partial<LaneLeaseOptions>) => LaneLease.acquire(options(token, more)),
    now: () => time,
    pass: (milliseconds: number) => void (time += milliseconds),
    sleep: async (milliseconds: number) => void (time += milliseconds),
    files: () => readdir(join(folder, "leases", LANE)),
  };
}

/** Stops in front of one function of the ledger, the first time that it is called. */
function stalledAt(
  ledger: Ledger,
  name: "createLease" | "holdsLease",
): { ledger: Ledger; wake: () => void; stalls: Promise<void> } {
  const [asleep, awake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const stalled = {
    ...ledger,
    [name]: async (...args: never[]) => {
      asleep.resolve();
      await awake.promise;
      return Reflect.apply(ledger[name], ledger, args);
    },
  };
  return { ledger: stalled, wake: awake.resolve, stalls: asleep.promise };
}

test("an attempt that acquires a free lane may write immediately", async () => {
  const lane = await openLane();
  const lease = await lane.acquire("one");
  expect(lease.waitMs).toBe(0);
  await lease.assertHeld();
  await lease.release();
  expect((await lane.acquire("two")).waitMs).toBe(0);
});

test("each lease has the next epoch, and the files of earlier ones are removed", async () => {
  const lane = await openLane();
  for (const token of ["one", "two", "three"]) await (await lane.acquire(token)).release();
  expect(await lane.ledger.newestLease(LANE)).toMatchObject({ token: "three", epoch: 3 });
  expect(await lane.files()).toEqual(["0000000003.json"]);
});

test("an attempt that follows an unreleased lease waits until no request of its holder can be in flight", async () => {
  const lane = await openLane();
  await lane.acquire("one");
  expect((await lane.acquire("two")).waitMs).toBe(WAIT_MS);
});

test("an attempt that follows a process of this machine that has ended may write immediately", async () => {
  const lane = await openLane();
  await lane.acquire("one");
  expect((await lane.acquire("two", { hasExited: () => true })).waitMs).toBe(0);
});

test("an attempt that follows one which ended while it waited for a stalled holder waits for that holder, too", async () => {
  const lane = await openLane();
  await lane.acquire("one");
  await lane.acquire("two");
  const third = await lane.acquire("three", { hasExited: ({ token }) => token === "two" });
  expect(third.waitMs).toBe(WAIT_MS);
  expect(await third.waitUntilWritable(lane.sleep, NEVER)).toBe(true);
  await third.assertHeld();
  await third.recordSealed();
  // It has waited and sealed: a follower need not wait for the stalled holder any more.
  expect((await lane.acquire("four", { hasExited: () => true })).waitMs).toBe(0);
});

test("a wait ends when the attempt is stopped, and the next attempt waits again", async () => {
  const lane = await openLane();
  await lane.acquire("one");
  const stopped = await lane.acquire("two");
  const stop = new AbortController();
  const waited = stopped.waitUntilWritable(
    (_, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
    stop.signal,
  );
  stop.abort();
  expect(await waited).toBe(false);
  await stopped.release();
  expect((await lane.acquire("three")).waitMs).toBe(WAIT_MS);
});

test("a clock that is put back 8 hours makes no wait longer", async () => {
  const lane = await openLane();
  await lane.acquire("one");
  await lane.acquire("two");
  lane.pass(-8 * 3_600_000);
  expect((await lane.acquire("three", { hasExited: () => true })).waitMs).toBe(WAIT_MS);
});

test("a holder whose clock is put back verifies its lease before the next write", async () => {
  const lane = await openLane();
  const holder = await lane.acquire("one");
  await holder.assertHeld();
  await lane.acquire("two");
  lane.pass(-8 * 3_600_000);
  await expect(holder.assertHeld()).rejects.toThrow(LeaseLostError);
});

test("a holder that slept while another attempt took over writes nothing more", async () => {
  const lane = await openLane();
  const sleeper = await lane.acquire("one");
  await sleeper.assertHeld();
  const successor = await lane.acquire("two");
  lane.pass(MAX_LEASE_AGE_MS + 1);
  const lost = await sleeper.assertHeld().catch((error: unknown) => error);
  expect(lost).toMatchObject({ name: "LeaseLostError", lease: { token: "two", epoch: 2 } });
  await expect(sleeper.assertHeld()).rejects.toThrow(LeaseLostError);
  await sleeper.release(); // must not free what is another's
  await successor.assertHeld();
  expect(await lane.ledger.newestLease(LANE)).toMatchObject({ token: "two", released: false });
});

test("a holder that slept over several successors, whose leases came and went, writes nothing more", async () => {
  const lane = await openLane();
  const sleeper = await lane.acquire("one");
  await (await lane.acquire("two")).release();
  await (await lane.acquire("three")).release();
  // The epoch after the sleeper's does not exist any more.
  expect(await lane.files()).toEqual(["0000000003.json"]);
  await expect(sleeper.assertHeld()).rejects.toThrow(LeaseLostError);
  await sleeper.release();
  expect(await lane.files()).toEqual(["0000000003.json"]);
});

test("a holder that slept while it waited, over successors whose leases came and went, writes nothing more", async () => {
  const lane = await openLane();
  await lane.acquire("one");
  const sleeper = await lane.acquire("two");
  await lane.acquire("three");
  const last = await lane.acquire("four");
  expect(await sleeper.waitUntilWritable(lane.sleep, NEVER)).toBe(true);
  // It must not bring back the file of its epoch: the next one has been removed.
  await expect(sleeper.recordSealed()).rejects.toThrow(LeaseLostError);
  await expect(sleeper.assertHeld()).rejects.toThrow(LeaseLostError);
  expect(await lane.files()).toEqual(["0000000004.json"]);
  await last.assertHeld();
});

test("a holder that ends before it has sealed the chunks leaves that to its successor", async () => {
  const lane = await openLane();
  await lane.acquire("one");
  const second = await lane.acquire("two");
  await second.waitUntilWritable(lane.sleep, NEVER);
  await second.release();
  const third = await lane.acquire("three");
  expect([third.mustSeal, third.waitMs]).toEqual([true, WAIT_MS]);
  await third.waitUntilWritable(lane.sleep, NEVER);
  await third.recordSealed();
  await third.release();
  const fourth = await lane.acquire("four");
  expect([fourth.mustSeal, fourth.waitMs]).toEqual([false, 0]);
  // A write of a process that has exited may still be on its way to an object store.
  expect((await lane.acquire("five", { hasExited: () => true })).mustSeal).toBe(true);
});

test("of two attempts that acquire the lane in the same moment, one gets it", async () => {
  const lane = await openLane();
  const names = ["one", "two", "three", "four"];
  const ends = await Promise.allSettled(names.map((token) => lane.acquire(token)));
  const leases = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  const held = await Promise.allSettled(leases.map((lease) => lease.assertHeld()));
  expect(held.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const reasons = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  expect(reasons).toEqual(reasons.map(() => expect.any(LeaseLostError)));
});

test.for([["two"], ["two", "three"], ["two", "three", "four"]])(
  "an attempt that slept while it acquired the lane gives up if %o acquired it meanwhile",
  async (successors) => {
    const lane = await openLane();
    await (await lane.acquire("zero")).release();
    const stalled = stalledAt(lane.ledger, "createLease");
    const sleeper = lane.acquire("one", { ledger: stalled.ledger });
    await stalled.stalls;
    for (const token of successors.slice(0, -1)) await (await lane.acquire(token)).release();
    const last = await lane.acquire(successors.at(-1) ?? "");
    stalled.wake();
    await expect(sleeper).rejects.toThrow(LeaseLostError);
    await last.assertHeld();
  },
);

test("in storage without conditional writes, an attempt that slept while it acquired the lane gives up", async () => {
  const lane = await openLane();
  const ledger = { ...lane.ledger, hasConditionalWrites: async () => false };
  const stalled = stalledAt(ledger, "createLease");
  const sleeper = lane.acquire("one", { ledger: stalled.ledger });
  await stalled.stalls;
  lane.pass(MAX_LEASE_AGE_MS + 1);
  stalled.wake();
  await expect(sleeper).rejects.toThrow(LeaseLostError);
});

test("a verification that took too long is repeated, because the process may have been stopped during it", async () => {
  const lane = await openLane();
  let looks = 0;
  const ledger: Ledger = {
    ...lane.ledger,
    async holdsLease(name, lease) {
      const isHeld = await lane.ledger.holdsLease(name, lease);
      if (looks++ === 0) lane.pass(60_000);
      return isHeld;
    },
  };
  const lease = await lane.acquire("one", { ledger });
  await lease.assertHeld();
  expect(looks).toBe(2);
});

test("writes at the same time share one verification of the lease, and one within the last 3 s serves them all", async () => {
  const lane = await openLane();
  let looks = 0;
  const ledger: Ledger = { ...lane.ledger, holdsLease: (...asked) => (looks++, lane.ledger.holdsLease(...asked)) };
  const lease = await lane.acquire("one", { ledger });
  await Promise.all(Array.from({ length: 50 }, () => lease.assertHeld()));
  lane.pass(MAX_LEASE_AGE_MS);
  await lease.assertHeld();
  expect(looks).toBe(1);
});

test("a lease inherits the doubts of its predecessor and adds its own chunk", async () => {
  const lane = await openLane();
  const first = await lane.acquire("one");
  expect(first.doubts).toEqual([]);
  await first.release();
  const second = await lane.acquire("two");
  expect(second.doubts).toEqual([claimOf("one")]);
  expect(await lane.ledger.newestLease(LANE)).toMatchObject({ doubts: [claimOf("one"), claimOf("two")] });
  // A process that dies leaves both.
  const third = await lane.acquire("one", { hasExited: () => true });
  expect(third.doubts).toEqual([claimOf("two")]);
  await third.recordSealed();
  await third.release(third.doubts);
  expect(await lane.ledger.newestLease(LANE)).toMatchObject({ released: true, doubts: [claimOf("two")] });
});

test("a lease waits until another batch's last write shows, however many turns without a write lie between", async () => {
  const lane = await openLane();
  const writer = await lane.acquire("one");
  await writer.assertMayWrite();
  await writer.release(undefined, 9_000);
  await (await lane.acquire("two")).release();
  lane.pass(1_000);
  const waits: number[] = [];
  const wait = async (token: string, readLagMs: number) => {
    const lease = await lane.acquire(token);
    const isShown = await lease.waitUntilShown(readLagMs, async (ms) => void waits.push(ms), NEVER);
    await lease.release();
    return isShown;
  };
  expect([await wait("one", 5_000), waits]).toEqual([true, []]); // it knows its own writes
  expect([await wait("three", 5_000), await wait("three", 10_000), waits]).toEqual([true, true, [8_000, 9_000]]);
  lane.pass(-8 * 3_600_000);
  await wait("three", 5_000);
  expect(waits.at(-1)).toBe(9_000);
  lane.pass(9 * 3_600_000);
  expect([await wait("three", 5_000), waits.length]).toEqual([true, 3]);
  lane.pass(-3_600_000);
  const stopped = await lane.acquire("four");
  expect(await stopped.waitUntilShown(5_000, lane.sleep, AbortSignal.abort())).toBe(false);
});

test("in storage without conditional writes, an attempt waits until none can replace its lease any more", async () => {
  const lane = await openLane();
  const plain: Ledger = {
    ...lane.ledger,
    hasConditionalWrites: async () => false,
    createLease: async (name, lease) => lane.ledger.rewriteLease(name, lease), // it replaces what is there
  };
  const stalled = stalledAt(plain, "createLease");
  const acquiring = lane.acquire("one", { ledger: stalled.ledger });
  await stalled.stalls; // it has seen no lease
  const two = await lane.acquire("two", { ledger: plain });
  expect(two.waitMs).toBe(MAX_LEASE_AGE_MS);
  lane.pass(MAX_LEASE_AGE_MS - 1);
  stalled.wake();
  const one = await acquiring;
  await two.waitUntilWritable(lane.sleep, NEVER);
  await expect(two.assertMayWrite()).rejects.toThrow(LeaseLostError);
  await one.waitUntilWritable(lane.sleep, NEVER);
  await one.assertMayWrite();
});

const sharedBy = (pid: number): Partial<LaneLeaseOptions> => ({
  claim: claimOf("one"),
  holder: { token: `of ${pid}`, host: "h", pid },
  isShared: true,
});

test("a lease of the shared lane waits until the writes of another process show, also those of its own batch", async () => {
  const lane = await openLane();
  const writer = await lane.acquire("one", sharedBy(1));
  await writer.assertMayWrite();
  await writer.release();
  const waits: number[] = [];
  for (const pid of [1, 2]) {
    const lease = await lane.acquire("one", sharedBy(pid));
    await lease.waitUntilShown(5_000, async (ms) => void waits.push(ms), NEVER);
    await lease.release();
  }
  expect(waits).toEqual([5_000]);
});

test("a lease of the shared lane waits for a write of a process whose clock is behind, by Temporal's clock", async () => {
  const lane = await openLane();
  const behind = await lane.acquire("one", { ...sharedBy(1), now: () => lane.now() - 8 * 3_600_000 });
  await behind.assertMayWrite();
  await behind.release();
  const waits: number[] = [];
  for (const pid of [1, 2, 3]) {
    const lease = await lane.acquire("one", { ...sharedBy(pid), sinceWriteMs: pid === 3 ? 6_000 : 1_000 });
    await lease.waitUntilShown(5_000, async (ms) => void waits.push(ms), NEVER);
    await lease.release();
  }
  expect(waits).toEqual([4_000]);
});

test("a lease knows if an earlier attempt of its turn held the lane", async () => {
  const lane = await openLane();
  const turns = [7, 7, 8, undefined, undefined];
  const repeated: boolean[] = [];
  for (const turn of turns) {
    const lease = await lane.acquire("one", { turn });
    repeated.push(lease.isRepeated);
    await lease.release();
  }
  expect(repeated).toEqual([false, true, false, false, false]);
});
