import { createRateLimiter, type ApiOperation } from "@caselink/sdk";
import { expect, test } from "vitest";
import { VirtualClock } from "../../test/simulation/virtual-clock.ts";
import { noRateLimit, queueOfOne } from "../../test/support/request-queues.ts";
import type { RequestPriority } from "./batch-queue.ts";
import { RequestQueues } from "./request-queues.ts";

/** Queues with more slots than a test has requests, in virtual time. */
function openQueues({ maxRate }: { maxRate?: number } = {}) {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const queues = new RequestQueues(createRateLimiter({ maxRate, ...timing }), { slots: 1_000, ...timing });
  return { clock, queues };
}

/** The requests that each batch sends within the seconds, if it always has more to send. */
async function share(processRate: number, batches: Record<string, number | undefined>, seconds: number) {
  const { clock, queues } = openQueues({ maxRate: processRate });
  const sent: Record<string, number> = {};
  const sending = Object.entries(batches).flatMap(([batchId, maxRate]) => {
    const { rateLimiter } = queues.open(batchId, maxRate);
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
  const { clock, queues } = openQueues({ maxRate: 10 });
  const order: string[] = [];
  const ask = (batchId: string, count: number) => {
    const opened = queues.open(batchId);
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
  const { clock, queues } = openQueues();
  const { rateLimiter } = queues.open("a", 1);
  const times: number[] = [];
  const asking = Promise.all(
    Array.from({ length: 60 }, async () => {
      await rateLimiter.acquire();
      times.push(clock.now());
      rateLimiter.recordResponse({ httpStatus: 200 });
    }),
  );
  void clock.sleep(3_500).then(() => queues.setMaxRate("a", 50));
  await clock.run(asking);
  expect(times.filter((at) => at < 3_500)).toHaveLength(4);
  expect(times.at(-1)).toBeLessThan(6_000);
});

test("a request that stops waiting uses no permit of others", async () => {
  const { clock, queues } = openQueues({ maxRate: 1 });
  const { rateLimiter } = queues.open("a");
  await clock.run(rateLimiter.acquire());
  const leaving = new AbortController();
  const left = rateLimiter.acquire(leaving.signal);
  const stays = rateLimiter.acquire();
  leaving.abort();
  await expect(left).rejects.toMatchObject({ name: "UnsentError" });
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
  const queues = new RequestQueues(
    { acquire, recordResponse: () => undefined, setMaxRate: () => undefined },
    { slots: 100, ...timing },
  );
  const { rateLimiter } = queues.open("a");
  const all = Promise.all(Array.from({ length: 10 }, () => rateLimiter.acquire()));
  expect(waits).toHaveLength(10);
  for (const wait of waits) wait.resolve();
  await all;
});

test("an operation at its limit does not delay other operations, of the same batch and of others", async () => {
  const { clock, queues } = openQueues();
  const { rateLimiter } = queues.open("a");
  rateLimiter.recordResponse({ httpStatus: 429, operation: "list", retryAfterMs: 5_000 });
  const starts: [string, number][] = [];
  const ask = (name: string, operation: "list" | "create") =>
    rateLimiter.acquire(undefined, operation).then(() => starts.push([name, clock.now()]));
  const lists = Promise.all(Array.from({ length: 40 }, () => ask("list", "list")));
  await clock.run(Promise.all([ask("create", "create"), queues.open("b").rateLimiter.acquire()]));
  expect(starts).toEqual([["create", 0]]);
  await clock.run(lists);
  expect(starts[1]).toEqual(["list", 5_000]);
});

test("requests that would wait for hours are rejected with the time, and those of other operations are sent", async () => {
  const { clock, queues } = openQueues();
  const { rateLimiter } = queues.open("a");
  rateLimiter.recordResponse({ httpStatus: 429, operation: "create", retryAfterMs: 7_200_000 });
  const rejected = Promise.all(
    Array.from({ length: 40 }, () => rateLimiter.acquire(undefined, "create").catch((error: unknown) => error)),
  );
  await clock.run(rateLimiter.acquire(undefined, "list"));
  for (const error of await rejected)
    expect(error).toMatchObject({ name: "LongWaitError", retryAfterMs: expect.closeTo(7_200_000, -3) });
});

const NEVER = new AbortController().signal;
const signals = { over: NEVER, stop: NEVER };

test("as many calls run as there are slots, ambiguous writes first, then writes, then first reads", async () => {
  const requests = queueOfOne(2);
  const started: string[] = [];
  async function ask(name: string, priority: RequestPriority, operation: ApiOperation): Promise<void> {
    const admitted = requests.enter(priority, operation, signals);
    if (admitted) await admitted;
    started.push(name);
  }
  const asked = [
    ask("read 1", "start", "list"),
    ask("read 2", "start", "list"),
    ask("read 3", "start", "list"),
    ask("write 1", "write", "create"),
    ask("write 2", "write", "create"),
    ask("resolve", "resolve", "list"),
  ];
  expect(started).toEqual(["read 1", "read 2"]);
  for (let calls = 0; calls < 4; calls++) requests.leave();
  await Promise.all(asked);
  expect(started).toEqual(["read 1", "read 2", "resolve", "write 1", "write 2", "read 3"]);
});

test("a further request of a call needs no slot: it has one", async () => {
  const requests = queueOfOne(1);
  expect(requests.enter("write", "create", signals)).toBeUndefined();
  const next = requests.enter("start", "list", signals);
  await requests.rateLimiter.acquire(undefined, "create");
  requests.leave();
  await next;
});

test("at the end of the turn of a batch with a maximum, first reads leave, and writes but the next one", async () => {
  const clock = new VirtualClock();
  const timing = { now: clock.now, sleep: clock.sleep };
  const over = new AbortController();
  const requests = new RequestQueues(noRateLimit, { slots: 9, ...timing }).open("b", 0.01);
  const ended: string[] = [];
  const ask = (name: string, priority: RequestPriority, operation: ApiOperation) =>
    requests.enter(priority, operation, { over: over.signal, stop: NEVER })?.then(
      () => ended.push(`${name} at ${clock.now()}`),
      () => ended.push(`${name} left`),
    );
  expect(requests.enter("start", "list", signals)).toBeUndefined();
  const asked = [
    ask("read", "start", "list"),
    ask("write", "write", "create"),
    ask("other write", "write", "create"),
    ask("late read", "start", "list"),
  ];
  over.abort();
  const late = ask("read after the end", "start", "list");
  await clock.run(Promise.all([...asked, late]));
  expect(ended).toEqual([
    "read left",
    "other write left",
    "late read left",
    "read after the end left",
    "write at 100000",
  ]);
});

test("requests that waited without a maximum leave when the batch gets one and their turn is over", async () => {
  const over = new AbortController();
  const queues = new RequestQueues(noRateLimit, { slots: 1 });
  const requests = queues.open("b");
  expect(requests.enter("write", "create", signals)).toBeUndefined();
  const asked = requests.enter("start", "list", { over: over.signal, stop: NEVER });
  over.abort();
  queues.setMaxRate("b", 0.01);
  await expect(asked).rejects.toMatchObject({ name: "UnsentError" });
});
