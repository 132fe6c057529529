import { expect, test } from "vitest";
import { createRateLimiter, type RateLimiter } from "./rate-limiter.ts";

/** A clock that moves only during sleeps, to the end of the shortest one; timers may fire late. */
function createClock(isLateByMs: () => number = () => 0) {
  let time = 0;
  const sleepers = new Set<{ at: number; wake(): void }>();
  return {
    now: () => time,
    sleep: (durationMs: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const sleeper = { at: time + durationMs + isLateByMs(), wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    isIdle: () => sleepers.size === 0,
    advance(toMs: number) {
      time = toMs;
      for (const sleeper of sleepers)
        if (sleeper.at <= time) {
          sleepers.delete(sleeper);
          sleeper.wake();
        }
    },
    /** Runs everything that is due until a time. */
    async runUntil(endMs: number) {
      for (;;) {
        await settle();
        const next = Math.min(...[...sleepers].map((sleeper) => sleeper.at));
        if (next > endMs) break;
        this.advance(next);
      }
      this.advance(endMs);
      await settle();
    },
  };
}

/** Lets all settled promises continue. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Asks for many permits at the same time and records when each was given; each gets a response immediately. */
function askFor(rateLimiter: RateLimiter, count: number, now: () => number): number[] {
  const starts: number[] = [];
  for (let index = 0; index < count; index++)
    void rateLimiter.acquire().then(() => {
      rateLimiter.recordResponse({ httpStatus: 200 });
      return starts.push(now());
    });
  return starts;
}

test("a rate limiter starts at 15 requests per second and gets faster with successful responses", async () => {
  const clock = createClock();
  const starts = askFor(createRateLimiter(clock), 10_000, clock.now);
  await clock.runUntil(100);
  expect(starts.length).toBeLessThan(4);
  await clock.runUntil(1_000);
  expect(starts.length).toBeGreaterThan(140);
  await clock.runUntil(2_000);
  expect(starts.length).toBeGreaterThan(1_500);
});

test("a rate limiter does not get faster without responses", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  let starts = 0;
  for (let index = 0; index < 1_000; index++) void rateLimiter.acquire().then(() => starts++);
  await clock.runUntil(3_000);
  expect(starts).toBeGreaterThan(43);
  expect(starts).toBeLessThan(48);
});

test("a rate limiter spreads requests evenly at the maximum rate", async () => {
  const clock = createClock();
  const starts = askFor(createRateLimiter({ ...clock, maxRate: 10 }), 30, clock.now);
  await clock.runUntil(10_000);
  expect(starts).toHaveLength(30);
  for (let index = 3; index < 30; index++) expect((starts[index] ?? 0) - (starts[index - 1] ?? 0)).toBe(100);
});

test.each([3, 7.5, 200, 997])(
  "with a maximum of %d per second, no second has more and few are lost, however late timers fire",
  async (maxRate) => {
    let turn = 0;
    const clock = createClock(() => (turn++ % 7 === 0 ? 18 : turn % 3));
    const rateLimiter = createRateLimiter({ ...clock, maxRate });
    await clock.runUntil(5_000); // idle time earns no burst
    askFor(rateLimiter, Math.ceil(maxRate), clock.now); // after these the limiter has reached its maximum rate
    await clock.runUntil(9_000);
    const starts = askFor(rateLimiter, Math.ceil(maxRate * 4), clock.now);
    await clock.runUntil(16_000);
    expect(starts).toHaveLength(Math.ceil(maxRate * 4));
    const kept = Math.ceil(maxRate);
    const spans = starts.slice(kept).map((start, index) => start - (starts[index] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(1_000);
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeLessThan(4_400);
  },
);

test("permits are given in the order of the calls", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter({ ...clock, maxRate: 5 });
  const order: number[] = [];
  for (const name of [1, 2, 3, 4]) void rateLimiter.acquire().then(() => order.push(name));
  await clock.runUntil(2_000);
  expect(order).toEqual([1, 2, 3, 4]);
});

test("a caller that gives up leaves the queue, and the others move up", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter({ ...clock, maxRate: 1 });
  const controller = new AbortController();
  await rateLimiter.acquire();
  const given = rateLimiter.acquire(controller.signal).catch((error: unknown) => error);
  const starts = askFor(rateLimiter, 1, clock.now);
  controller.abort(new Error("enough"));
  expect(await given).toEqual(new Error("enough"));
  await clock.runUntil(1_000);
  expect(starts).toEqual([1_000]);
});

test("no timer is left when the last waiting caller gives up", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  rateLimiter.recordResponse({ httpStatus: 429, retryAfterMs: 60_000 });
  const controller = new AbortController();
  const given = rateLimiter.acquire(controller.signal).catch((error: unknown) => error);
  await settle();
  expect(clock.isIdle()).toBe(false);
  controller.abort(new Error("enough"));
  expect(await given).toEqual(new Error("enough"));
  expect(clock.isIdle()).toBe(true);
});

test("a 429 makes all callers wait as long as the server names", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  rateLimiter.recordResponse({ httpStatus: 429, retryAfterMs: 2_500 });
  const starts = askFor(rateLimiter, 3, clock.now);
  await clock.runUntil(2_499);
  expect(starts).toEqual([]);
  await clock.runUntil(2_500);
  expect(starts[0]).toBe(2_500);
  await clock.runUntil(3_000);
  expect(starts).toHaveLength(3);
});

test("a 429 lengthens the pause of a caller that already waits", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  rateLimiter.recordResponse({ httpStatus: 429, retryAfterMs: 1_000 });
  const starts = askFor(rateLimiter, 1, clock.now);
  await clock.runUntil(500);
  rateLimiter.recordResponse({ httpStatus: 429, retryAfterMs: 1_000 });
  await clock.runUntil(5_000);
  expect(starts).toEqual([1_500]);
});

test("a server that rejects every request gets them less and less often, but at least every half minute", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  const starts: number[] = [];
  for (let index = 0; index < 200; index++)
    void rateLimiter.acquire().then(() => {
      rateLimiter.recordResponse({ httpStatus: 429 });
      return starts.push(clock.now());
    });
  await clock.runUntil(200_000);
  expect(starts.length).toBeLessThan(25);
  expect((starts.at(-1) ?? 0) - (starts.at(-2) ?? 0)).toBe(30_000);
});

test("a rejection that names the limit causes no pause, only the limit", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  rateLimiter.recordResponse({ httpStatus: 429, limit: { requests: 10, windowMs: 1_000 } });
  const starts = askFor(rateLimiter, 30, clock.now);
  await clock.runUntil(3_100);
  expect(starts[0]).toBe(0);
  expect(starts).toHaveLength(30);
  for (let index = 11; index < 30; index++)
    expect((starts[index] ?? 0) - (starts[index - 11] ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test("a 503 makes all callers wait only if it names a time", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  rateLimiter.recordResponse({ httpStatus: 503 });
  await rateLimiter.acquire();
  rateLimiter.recordResponse({ httpStatus: 503, retryAfterMs: 3_000 });
  const starts = askFor(rateLimiter, 1, clock.now);
  await clock.runUntil(3_000);
  expect(starts).toEqual([3_000]);
});

test("a new maximum applies to the callers that already wait", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter({ ...clock, maxRate: 0.1 });
  await rateLimiter.acquire();
  const starts = askFor(rateLimiter, 2, clock.now);
  await settle();
  rateLimiter.setMaxRate(undefined);
  await clock.runUntil(200);
  expect(starts).toHaveLength(2);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a maximum rate of %d is an ArgumentError", (maxRate) => {
  expect(() => createRateLimiter({ maxRate })).toThrow(expect.objectContaining({ name: "ArgumentError" }));
  expect(() => createRateLimiter().setMaxRate(maxRate)).toThrow(/maxRate/);
});

test("each operation has its own queue: one at its limit does not hold up another", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  rateLimiter.recordResponse({ httpStatus: 429, operation: "list", retryAfterMs: 5_000 });
  const starts: [string, number][] = [];
  for (const operation of ["list", "create", "list", "delete"] as const)
    void rateLimiter.acquire(undefined, operation).then(() => starts.push([operation, clock.now()]));
  await clock.runUntil(100);
  expect(starts).toEqual([
    ["create", 0],
    ["delete", 0],
  ]);
  await clock.runUntil(5_100);
  expect(starts.slice(2)).toEqual([
    ["list", 5_000],
    ["list", expect.any(Number)],
  ]);
});

test("the maximum rate counts all operations together", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter({ ...clock, maxRate: 4 });
  const starts: number[] = [];
  for (let index = 0; index < 16; index++)
    void rateLimiter.acquire(undefined, index % 2 === 0 ? "list" : "create").then(() => {
      rateLimiter.recordResponse({ httpStatus: 200, operation: index % 2 === 0 ? "list" : "create" });
      return starts.push(clock.now());
    });
  await clock.runUntil(10_000);
  expect(starts).toHaveLength(16);
  for (let index = 4; index < 16; index++)
    expect((starts[index] ?? 0) - (starts[index - 4] ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test("callers do not wait for the limit of a day: they learn when it goes on, and the server is asked every hour", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  const limit = { requests: 20, windowMs: 86_400_000, scope: "api" } as const;
  const waiting: Promise<unknown>[] = [];
  for (let index = 0; index < 40; index++)
    waiting.push(
      rateLimiter.acquire(undefined, "create").then(
        () => rateLimiter.recordResponse({ httpStatus: index < 20 ? 200 : 429, operation: "create", limit }),
        (error: unknown) => error,
      ),
    );
  await clock.runUntil(1_000);
  const ends = await Promise.all(waiting);
  expect(ends.filter((end) => end === undefined).length).toBeLessThan(25);
  expect(ends.at(-1)).toMatchObject({ name: "LongWaitError", message: expect.stringContaining("next request in") });
  await expect(rateLimiter.acquire(undefined, "create")).rejects.toMatchObject({ name: "LongWaitError" });
  const { retryAfterMs } = ends.at(-1) as { retryAfterMs: number };
  expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
  // Another operation has its own limit.
  await rateLimiter.acquire(undefined, "list");
  await clock.runUntil(3_600_000 + 1_000);
  const again = rateLimiter.acquire(undefined, "create").then(() => "permitted");
  await clock.runUntil(3_600_000 + 2_000);
  expect(await again).toBe("permitted");
});

test("a caller that waits learns of a long wait that begins meanwhile", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter(clock);
  rateLimiter.recordResponse({ httpStatus: 429, retryAfterMs: 30_000 });
  const waiting = rateLimiter.acquire().catch((error: unknown) => error);
  await clock.runUntil(1_000);
  rateLimiter.recordResponse({ httpStatus: 429, retryAfterMs: 600_000 });
  await clock.runUntil(1_001);
  expect(await waiting).toMatchObject({ name: "LongWaitError", retryAfterMs: 600_000 });
});

test("callers of an operation at the limit of a day learn it while another operation is busy", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter({ ...clock, maxRate: 10 });
  const lists = askFor(rateLimiter, 100, clock.now);
  const creating = rateLimiter.acquire(undefined, "create").catch((error: unknown) => error);
  rateLimiter.recordResponse({ httpStatus: 429, operation: "create", retryAfterMs: 7_200_000 });
  await clock.runUntil(200);
  expect(lists.length).toBeLessThan(5);
  expect(await Promise.race([creating, settle()])).toMatchObject({ name: "LongWaitError", retryAfterMs: 7_200_000 });
});

test("readings name the rate of each operation that was used, and of all once they are counted together", async () => {
  const clock = createClock();
  const rateLimiter = createRateLimiter({ now: clock.now, sleep: clock.sleep });
  expect(rateLimiter.readings?.()).toEqual([]);
  await rateLimiter.acquire(undefined, "list");
  expect(rateLimiter.readings?.()).toEqual([
    { operation: "list", scope: "operation", rate: 15, waitMs: expect.closeTo(1_000 / 15) },
  ]);
  rateLimiter.setMaxRate(4);
  expect(rateLimiter.readings?.()).toMatchObject([{ operation: "list", rate: 4 }]);
  rateLimiter.recordResponse({ httpStatus: 429, operation: "list", retryAfterMs: 30_000 });
  expect(rateLimiter.readings?.()).toMatchObject([{ operation: "list", waitMs: 30_000 }]);
});
