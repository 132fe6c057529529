import { createRateLimiter } from "@caselink/sdk";
import { expect, test } from "vitest";
import { VirtualClock } from "../../test/simulation/virtual-clock.ts";
import { FairRateLimiter } from "./fair-rate-limiter.ts";

/** The requests that each batch sends within the seconds, if it always has more to send. */
async function share(processRate: number, batches: Record<string, number | undefined>, seconds: number) {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const limiter = new FairRateLimiter(createRateLimiter({ maxRate: processRate, ...timing }), timing);
  const sent: Record<string, number> = {};
  const sending = Object.entries(batches).flatMap(([batchId, maxRate]) => {
    const { rateLimiter } = limiter.open(batchId, maxRate);
    sent[batchId] = 0;
    return Array.from({ length: 50 }, async () => {
      for (;;) {
        await rateLimiter.acquire();
        if (clock.now() >= seconds * 1_000) return;
        sent[batchId] = (sent[batchId] ?? 0) + 1;
        await clock.sleep(10);
        rateLimiter.recordResponse({ httpStatus: 200 });
      }
    });
  });
  await clock.run(Promise.all(sending));
  return sent;
}

test("two batches get an even share of the process's maximum rate each", async () => {
  const sent = await share(100, { a: undefined, b: undefined }, 20);
  expect(Math.abs((sent["a"] ?? 0) - (sent["b"] ?? 0))).toBeLessThanOrEqual(2);
  expect((sent["a"] ?? 0) + (sent["b"] ?? 0)).toBeGreaterThan(1_900);
});

test("a batch's own maximum limits that batch, and the others get the rest of the rate", async () => {
  const sent = await share(100, { slow: 10, fast: undefined }, 20);
  expect(sent["slow"]).toBeGreaterThan(180);
  expect(sent["slow"]).toBeLessThanOrEqual(210);
  expect(sent["fast"]).toBeGreaterThan(1_700);
});

test("a batch that starts gets its share immediately, and the others get it back when the batch ends", async () => {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const limiter = new FairRateLimiter(createRateLimiter({ maxRate: 10, ...timing }), timing);
  const order: string[] = [];
  const ask = (batchId: string, count: number) => {
    const opened = limiter.open(batchId, undefined);
    return Promise.all(
      Array.from({ length: count }, () => opened.rateLimiter.acquire().then(() => order.push(batchId))),
    ).then(() => opened[Symbol.dispose]());
  };
  const big = ask("big", 30);
  const small = clock.sleep(1_050).then(() => ask("small", 5));
  await clock.run(Promise.all([big, small]));
  const lasted = order.slice(order.indexOf("small"), order.lastIndexOf("small") + 1);
  expect(lasted).toEqual(["small", "big", "small", "big", "small", "big", "small", "big", "small"]);
});

test("a changed maximum rate applies to requests that wait already", async () => {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const limiter = new FairRateLimiter(createRateLimiter(timing), timing);
  const { rateLimiter } = limiter.open("a", 1);
  const times: number[] = [];
  const asking = Promise.all(
    Array.from({ length: 60 }, async () => {
      await rateLimiter.acquire();
      times.push(clock.now());
      rateLimiter.recordResponse({ httpStatus: 200 });
    }),
  );
  void clock.sleep(3_500).then(() => limiter.setMaxRate("a", 50));
  await clock.run(asking);
  expect(times.filter((at) => at < 3_500)).toHaveLength(4);
  expect(times.at(-1)).toBeLessThan(6_000);
});

test("a request that stops waiting uses no permit of others", async () => {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const limiter = new FairRateLimiter(createRateLimiter({ maxRate: 1, ...timing }), timing);
  const { rateLimiter } = limiter.open("a", undefined);
  await clock.run(rateLimiter.acquire());
  const leaving = new AbortController();
  const left = rateLimiter.acquire(leaving.signal);
  const stays = rateLimiter.acquire();
  leaving.abort(new Error("left"));
  await expect(left).rejects.toThrow("left");
  await clock.run(stays);
  expect(clock.now()).toBeLessThanOrEqual(1_001);
});

test("permits that the process's limiter gives out at the same time start requests at the same time", async () => {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const waits: PromiseWithResolvers<void>[] = [];
  const acquire = () => {
    const wait = Promise.withResolvers<void>();
    waits.push(wait);
    return wait.promise;
  };
  const limiter = new FairRateLimiter(
    { acquire, recordResponse: () => undefined, setMaxRate: () => undefined },
    timing,
  );
  const { rateLimiter } = limiter.open("a", undefined);
  const all = Promise.all(Array.from({ length: 10 }, () => rateLimiter.acquire()));
  expect(waits).toHaveLength(10);
  for (const wait of waits) wait.resolve();
  await all;
});

test("an operation at its limit does not delay other operations, of the same batch and of others", async () => {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const limiter = new FairRateLimiter(createRateLimiter(timing), timing);
  const { rateLimiter } = limiter.open("a", undefined);
  rateLimiter.recordResponse({ httpStatus: 429, operation: "list", retryAfterMs: 5_000 });
  const starts: [string, number][] = [];
  const ask = (name: string, operation: "list" | "create") =>
    rateLimiter.acquire(undefined, operation).then(() => starts.push([name, clock.now()]));
  const lists = Promise.all(Array.from({ length: 40 }, () => ask("list", "list")));
  await clock.run(Promise.all([ask("create", "create"), limiter.open("b", undefined).rateLimiter.acquire()]));
  expect(starts).toEqual([["create", 0]]);
  await clock.run(lists);
  expect(starts[1]).toEqual(["list", 5_000]);
});

test("requests that would wait for hours are rejected with the time, and those of other operations are sent", async () => {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const limiter = new FairRateLimiter(createRateLimiter(timing), timing);
  const { rateLimiter } = limiter.open("a", undefined);
  rateLimiter.recordResponse({ httpStatus: 429, operation: "create", retryAfterMs: 7_200_000 });
  const rejected = Promise.all(
    Array.from({ length: 40 }, () => rateLimiter.acquire(undefined, "create").catch((error: unknown) => error)),
  );
  await clock.run(rateLimiter.acquire(undefined, "list"));
  for (const error of await rejected)
    expect(error).toMatchObject({ name: "LongWaitError", retryAfterMs: expect.closeTo(7_200_000, -3) });
});
