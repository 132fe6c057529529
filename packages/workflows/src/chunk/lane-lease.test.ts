import type { LeaseRecord } from "@caselink/ledger";
import { expect, test } from "vitest";
import { LaneLease, LeaseLostError, MAX_LEASE_AGE_MS, type LaneLeaseOptions } from "./lane-lease.ts";

const REQUEST_LIMIT_MS = 10_000;

const ATTEMPTS = ["one", "two", "three"];

/** A clock that the test moves, and a store for one lease. */
function openStore() {
  let time = 1_000_000;
  let stored: LeaseRecord | undefined;
  let looks = 0;
  const options = (token: string, more: Partial<LaneLeaseOptions> = {}): LaneLeaseOptions => ({
    ledger: {
      readLease: async () => {
        looks++;
        return stored;
      },
      writeLease: async (_lane, lease) => {
        stored = lease;
      },
    },
    lane: "api-a",
    holder: { token, epoch: [1, 0, ATTEMPTS.indexOf(token)], host: "h", pid: 1 },
    hasExited: () => false,
    now: () => time,
    requestLimitMs: REQUEST_LIMIT_MS,
    ...more,
  });
  return { options, pass: (milliseconds: number) => (time += milliseconds), now: () => time, looks: () => looks };
}

test("an attempt that acquires a free lane may write immediately", async () => {
  const store = openStore();
  const hold = await LaneLease.acquire(store.options("one"));
  expect(hold.writableFrom).toBe(store.now());
  await hold.assertHeld();
  await hold.release();
  expect((await LaneLease.acquire(store.options("two"))).writableFrom).toBe(store.now());
});

test("an attempt that follows an unreleased lease waits until no request of its holder can be in flight", async () => {
  const store = openStore();
  await LaneLease.acquire(store.options("one"));
  const hold = await LaneLease.acquire(store.options("two"));
  expect(hold.writableFrom - store.now()).toBe(MAX_LEASE_AGE_MS + REQUEST_LIMIT_MS);
});

test("an attempt that follows a process of this machine that has ended may write immediately", async () => {
  const store = openStore();
  await LaneLease.acquire(store.options("one"));
  const hold = await LaneLease.acquire(store.options("two", { hasExited: () => true }));
  expect(hold.writableFrom).toBe(store.now());
});

test("an attempt that follows one which ended while it waited for a stalled holder waits for that holder, too", async () => {
  const store = openStore();
  await LaneLease.acquire(store.options("one"));
  const waiting = await LaneLease.acquire(store.options("two"));
  store.pass(1_000);
  const third = await LaneLease.acquire(store.options("three", { hasExited: ({ token }) => token === "two" }));
  expect(third.writableFrom).toBeGreaterThanOrEqual(waiting.writableFrom);
  store.pass(third.writableFrom - store.now());
  await third.assertHeld();
  await third.release();
  const later = await LaneLease.acquire(store.options("three"));
  expect(later.writableFrom).toBe(store.now());
});

test("a holder that slept while another attempt took over writes nothing more", async () => {
  const store = openStore();
  const sleeper = await LaneLease.acquire(store.options("one"));
  await sleeper.assertHeld();
  const successor = await LaneLease.acquire(store.options("two"));
  store.pass(MAX_LEASE_AGE_MS + 1);
  await expect(sleeper.assertHeld()).rejects.toThrow(LeaseLostError);
  await expect(sleeper.assertHeld()).rejects.toThrow(LeaseLostError);
  await sleeper.release(); // must not free what is another's
  await successor.assertHeld();
  // All requests that the sleeper may have started before its verification have ended when the successor starts.
  expect(successor.writableFrom).toBeGreaterThanOrEqual(1_000_000 + MAX_LEASE_AGE_MS + REQUEST_LIMIT_MS);
});

test("a verification that took too long is repeated, because the process may have been stopped during it", async () => {
  const store = openStore();
  const slow = store.options("one");
  const read = slow.ledger.readLease;
  let isSlow = false;
  const hold = await LaneLease.acquire({
    ...slow,
    ledger: {
      ...slow.ledger,
      async readLease(lane) {
        const lease = await read(lane);
        if (isSlow) store.pass(60_000);
        isSlow = false;
        return lease;
      },
    },
  });
  isSlow = true;
  const looks = store.looks();
  await hold.assertHeld();
  expect(store.looks() - looks).toBe(2);
});

test("writes at the same time share one verification of the lease, and one within the last 3 s serves them all", async () => {
  const store = openStore();
  const hold = await LaneLease.acquire(store.options("one"));
  const looks = store.looks();
  await Promise.all(Array.from({ length: 50 }, () => hold.assertHeld()));
  store.pass(MAX_LEASE_AGE_MS);
  await hold.assertHeld();
  expect(store.looks() - looks).toBe(1);
});

/** Starts to acquire a lane, and sleeps right after it has read the lease. */
function takeAsleep(options: LaneLeaseOptions): { taken: Promise<LaneLease>; wake: () => void } {
  const { promise, resolve: wake } = Promise.withResolvers<void>();
  const { ledger } = options;
  const taken = LaneLease.acquire({
    ...options,
    ledger: {
      ...ledger,
      async readLease(lane) {
        const lease = await ledger.readLease(lane);
        await promise;
        return lease;
      },
    },
  });
  return { taken, wake };
}

test("an attempt that slept while it acquired the lane gives up, and the later attempt restores its lease", async () => {
  const store = openStore();
  const { taken: sleeper, wake } = takeAsleep(store.options("one"));
  const later = await LaneLease.acquire(store.options("two"));
  await later.assertHeld();
  store.pass(MAX_LEASE_AGE_MS + REQUEST_LIMIT_MS);
  wake();
  await expect(sleeper).rejects.toThrow(LeaseLostError);
  await later.assertHeld();
  await expect(LaneLease.acquire(store.options("one"))).rejects.toThrow(LeaseLostError);
});

test("a holder that slept, too, does not restore its lease: the earlier lease may hide that of a successor", async () => {
  const store = openStore();
  const { taken: first, wake } = takeAsleep(store.options("one"));
  const second = await LaneLease.acquire(store.options("two"));
  await second.assertHeld();
  await (await LaneLease.acquire(store.options("three"))).release();
  store.pass(60_000);
  wake();
  await expect(first).rejects.toThrow(LeaseLostError);
  await expect(second.assertHeld()).rejects.toThrow(LeaseLostError);
});
