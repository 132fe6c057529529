import { expect, test } from "vitest";
import { createPace, type Pace } from "./rate-limiter.ts";

/** A clock that moves only when somebody sleeps on it, to the end of the shortest sleep; timers may ring late. */
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
    /** Lets everything happen until a time; returns when nothing more is due. */
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

/** Lets all promises that can go on do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Asks for many starts at once, notes when each was granted, and has each answered at once. */
function askFor(pace: Pace, count: number, now: () => number): number[] {
  const starts: number[] = [];
  for (let index = 0; index < count; index++)
    void pace.acquire().then(() => {
      pace.noteAnswer({ httpStatus: 200 });
      return starts.push(now());
    });
  return starts;
}

test("starts with 100 a second, and good answers make it faster", async () => {
  const clock = createClock();
  const starts = askFor(createPace(clock), 10_000, clock.now);
  await clock.runUntil(100);
  expect(starts.length).toBeLessThan(20);
  await clock.runUntil(1_000);
  expect(starts.length).toBeGreaterThan(300);
  await clock.runUntil(2_000);
  expect(starts.length).toBeGreaterThan(5_000);
});

test("does not get faster without answers", async () => {
  const clock = createClock();
  const pace = createPace(clock);
  let starts = 0;
  for (let index = 0; index < 1_000; index++) void pace.acquire().then(() => starts++);
  await clock.runUntil(3_000);
  expect(starts).toBeGreaterThan(290);
  expect(starts).toBeLessThan(305);
});

test("spreads requests evenly at the maximum rate", async () => {
  const clock = createClock();
  const starts = askFor(createPace({ ...clock, maxRate: 10 }), 30, clock.now);
  await clock.runUntil(10_000);
  expect(starts).toHaveLength(30);
  for (let index = 3; index < 30; index++) expect((starts[index] ?? 0) - (starts[index - 1] ?? 0)).toBe(100);
});

test.each([3, 7.5, 200, 997])(
  "at %d a second, no second has more, and little is lost, however late timers ring",
  async (maxRate) => {
    let turn = 0;
    const clock = createClock(() => (turn++ % 7 === 0 ? 18 : turn % 3));
    const pace = createPace({ ...clock, maxRate });
    await clock.runUntil(5_000); // idle time earns no burst
    askFor(pace, Math.ceil(maxRate), clock.now); // by when it has got fast
    await clock.runUntil(9_000);
    const starts = askFor(pace, Math.ceil(maxRate * 4), clock.now);
    await clock.runUntil(16_000);
    expect(starts).toHaveLength(Math.ceil(maxRate * 4));
    const kept = Math.ceil(maxRate);
    const spans = starts.slice(kept).map((start, index) => start - (starts[index] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(1_000);
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeLessThan(4_400);
  },
);

test("grants in the order of asking", async () => {
  const clock = createClock();
  const pace = createPace({ ...clock, maxRate: 5 });
  const order: number[] = [];
  for (const name of [1, 2, 3, 4]) void pace.acquire().then(() => order.push(name));
  await clock.runUntil(2_000);
  expect(order).toEqual([1, 2, 3, 4]);
});

test("one who gives up leaves the row, and the others move up", async () => {
  const clock = createClock();
  const pace = createPace({ ...clock, maxRate: 1 });
  const controller = new AbortController();
  await pace.acquire();
  const given = pace.acquire(controller.signal).catch((error: unknown) => error);
  const starts = askFor(pace, 1, clock.now);
  controller.abort(new Error("enough"));
  expect(await given).toEqual(new Error("enough"));
  await clock.runUntil(1_000);
  expect(starts).toEqual([1_000]);
});

test("when the last one gives up no timer is left", async () => {
  const clock = createClock();
  const pace = createPace(clock);
  pace.noteAnswer({ httpStatus: 429, retryAfterMs: 60_000 });
  const controller = new AbortController();
  const given = pace.acquire(controller.signal).catch((error: unknown) => error);
  await settle();
  expect(clock.isIdle()).toBe(false);
  controller.abort(new Error("enough"));
  expect(await given).toEqual(new Error("enough"));
  expect(clock.isIdle()).toBe(true);
});

test("a 429 makes everybody wait as long as the server names", async () => {
  const clock = createClock();
  const pace = createPace(clock);
  pace.noteAnswer({ httpStatus: 429, retryAfterMs: 2_500 });
  const starts = askFor(pace, 3, clock.now);
  await clock.runUntil(2_499);
  expect(starts).toEqual([]);
  await clock.runUntil(2_500);
  expect(starts).toEqual([2_500, 2_500, 2_500]);
});

test("a 429 lengthens the pause that somebody waits in already", async () => {
  const clock = createClock();
  const pace = createPace(clock);
  pace.noteAnswer({ httpStatus: 429, retryAfterMs: 1_000 });
  const starts = askFor(pace, 1, clock.now);
  await clock.runUntil(500);
  pace.noteAnswer({ httpStatus: 429, retryAfterMs: 1_000 });
  await clock.runUntil(5_000);
  expect(starts).toEqual([1_500]);
});

test("a server that refuses everything is asked ever more rarely, and after half a minute again", async () => {
  const clock = createClock();
  const pace = createPace(clock);
  const starts: number[] = [];
  for (let index = 0; index < 200; index++)
    void pace.acquire().then(() => {
      pace.noteAnswer({ httpStatus: 429 });
      return starts.push(clock.now());
    });
  await clock.runUntil(200_000);
  expect(starts.length).toBeLessThan(25);
  expect((starts.at(-1) ?? 0) - (starts.at(-2) ?? 0)).toBe(30_000);
});

test("a refusal that names the limit is no reason to pause, only to keep the limit", async () => {
  const clock = createClock();
  const pace = createPace(clock);
  pace.noteAnswer({ httpStatus: 429, limit: { requests: 10, windowMs: 1_000 } });
  const starts = askFor(pace, 30, clock.now);
  await clock.runUntil(3_100);
  expect(starts[0]).toBe(0);
  expect(starts).toHaveLength(30);
  for (let index = 11; index < 30; index++)
    expect((starts[index] ?? 0) - (starts[index - 11] ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test("a 503 pauses everybody only when it names a time", async () => {
  const clock = createClock();
  const pace = createPace(clock);
  pace.noteAnswer({ httpStatus: 503 });
  await pace.acquire();
  pace.noteAnswer({ httpStatus: 503, retryAfterMs: 3_000 });
  const starts = askFor(pace, 1, clock.now);
  await clock.runUntil(3_000);
  expect(starts).toEqual([3_000]);
});

test("a new maximum applies to those who wait", async () => {
  const clock = createClock();
  const pace = createPace({ ...clock, maxRate: 0.1 });
  await pace.acquire();
  const starts = askFor(pace, 2, clock.now);
  await settle();
  pace.setMaxRate(undefined);
  await clock.runUntil(100);
  expect(starts).toEqual([10, 20]);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d as a maximum rate", (maxRate) => {
  expect(() => createPace({ maxRate })).toThrow(expect.objectContaining({ name: "ArgumentError" }));
  expect(() => createPace().setMaxRate(maxRate)).toThrow(/maxRate/);
});
