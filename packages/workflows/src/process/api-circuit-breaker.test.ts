import { expect, test } from "vitest";
import { seededRandom } from "../../test/simulation/random.ts";
import { VirtualClock } from "../../test/simulation/virtual-clock.ts";
import { ApiCircuitBreaker, type RequestResult } from "./api-circuit-breaker.ts";

function openHealth() {
  let time = 0;
  const breaker = new ApiCircuitBreaker(() => time);
  /** Sends a request if that is allowed. Returns true if it was. */
  const send = (result: RequestResult): boolean => {
    const record = breaker.admit();
    record?.(result);
    return record !== undefined;
  };
  return { breaker, send, pass: (milliseconds: number) => (time += milliseconds) };
}

test("an API that fails one request in three is not an outage", () => {
  const { breaker, send } = openHealth();
  for (let i = 0; i < 1_000; i++) expect(send(i % 3 === 0 ? "failed" : "responded")).toBe(true);
  expect(breaker.isOpen).toBe(false);
});

test("an open circuit breaker sends one probe at a time, after growing pauses", () => {
  const { send, pass } = openHealth();
  for (let i = 0; i < 20; i++) send("responded");
  let sent = 0;
  for (let milliseconds = 0; milliseconds < 25_000; milliseconds += 5) {
    for (let caller = 0; caller < 256; caller++) if (send("failed")) sent++;
    pass(5);
  }
  expect(sent).toBeGreaterThanOrEqual(16);
  expect(sent).toBeLessThan(30);
});

test("no other request is sent while a probe is in flight, and the probe's success closes the circuit breaker", () => {
  const { breaker, send, pass } = openHealth();
  for (let i = 0; i < 16; i++) send("failed");
  pass(1_000);
  const probe = breaker.admit();
  expect([probe === undefined, breaker.admit()]).toEqual([false, undefined]);
  probe?.("responded");
  expect([breaker.isOpen, send("responded"), send("failed")]).toEqual([false, true, true]);
});

test("responses to requests from before an outage was noticed do not end it", () => {
  const { breaker, send } = openHealth();
  const early = breaker.admit();
  for (let i = 0; i < 16; i++) send("failed");
  early?.("responded");
  expect(breaker.isOpen).toBe(true);
});

test("without a response at most 24 requests are in flight, and each response starts two others", async () => {
  const { breaker } = openHealth();
  const records: ((result: RequestResult) => void)[] = [];
  const send = async (): Promise<void> => {
    for (let pause = breaker.waitForRoom(10_000); pause; pause = breaker.waitForRoom(10_000)) await pause;
    const record = breaker.admit();
    if (record) records.push(record);
  };
  const sending = Array.from({ length: 60 }, send);
  expect(records).toHaveLength(24);
  for (const record of records.slice(0, 12)) record("responded");
  await Promise.all(sending.slice(0, 48));
  expect(records).toHaveLength(48);
  // An abandoned request makes room for one other; failed requests become an outage, which ends all waits.
  for (const record of records.slice(24, 36)) record("inconclusive");
  await Promise.all(sending);
  expect(records).toHaveLength(60);
  for (const record of records.slice(36, 52)) record("failed");
  expect([breaker.isOpen, breaker.waitForRoom(10_000)]).toEqual([true, undefined]);
});

test("a request that waits in vain for a response to others is not sent", async () => {
  const { breaker } = openHealth();
  for (let i = 0; i < 24; i++) breaker.admit();
  expect(await breaker.waitForRoom(1)).toBe(false);
});

interface End {
  result: RequestResult;
  afterMs: number;
}

/** Callers that each send again when their request has ended. Returns the start times of the requests. */
async function sendInTurn(callers: number, forMs: number, endOf: (startedAt: number, start: number) => End) {
  const clock = new VirtualClock();
  const breaker = new ApiCircuitBreaker(clock.now);
  const starts: number[] = [];
  let outages = 0;
  const call = async (_: unknown, caller: number): Promise<void> => {
    await clock.sleep((caller * LATENCY_MS) / callers);
    while (clock.now() < forMs) {
      for (let pause = breaker.waitForRoom(10_000); pause; pause = breaker.waitForRoom(10_000)) await pause;
      const record = breaker.admit();
      if (record) {
        starts.push(clock.now());
        const { result, afterMs } = endOf(clock.now(), starts.length - 1);
        await clock.sleep(afterMs);
        const wasDown = breaker.isOpen;
        record(result);
        if (breaker.isOpen && !wasDown) outages++;
      } else await clock.sleep(50);
    }
  };
  await clock.run(Promise.all(Array.from({ length: callers }, call)));
  return { starts, outages, isDown: breaker.isOpen };
}

const LATENCY_MS = 20;
const random = seededRandom(1);
const responded = (): End => ({ result: "responded", afterMs: LATENCY_MS * (0.5 + random()) });

test.for<[string, number, number, () => number]>([
  ["immediately", 256, 40, () => 0],
  ["after 1 ms", 256, 40, () => 1],
  ["after half of the time that a response takes, in any order", 64, 90, () => 5 + random() * 10],
  // Requests in flight before the first failure, or before responses stop, are lost in any case.
  ["after as long as a response takes", 64, 64 + 24, () => LATENCY_MS],
  ["after as long as a response takes", 256, 256 + 24, () => LATENCY_MS],
  ["when they time out, because there is no response", 64, 64 + 24, () => 15_000],
  ["when they time out, because there is no response", 256, 256 + 24, () => 15_000],
])("an outage in which requests fail %s, with %d in flight, costs at most %d", async ([, callers, most, afterMs]) => {
  const from = 200;
  const { starts, outages } = await sendInTurn(callers, 25_000, (startedAt) =>
    startedAt < from ? responded() : { result: "failed", afterMs: afterMs() },
  );
  expect(outages).toBe(1);
  expect(starts.filter((at) => at >= from).length).toBeLessThanOrEqual(most);
});

test.for([0, 1, 20, 60])(
  "an API that fails one request in three after %d ms is not an outage with 256 in flight",
  async (afterMs) => {
    const { starts, outages } = await sendInTurn(256, 1_000, (_, start) =>
      start % 3 === 0 ? { result: "failed", afterMs } : responded(),
    );
    expect(outages).toBe(0);
    expect(starts.length).toBeGreaterThan(5_000);
  },
);

test("an API that fails nineteen requests in twenty is an outage, in whatever order the results arrive", async () => {
  const { outages } = await sendInTurn(64, 1_000, (_, start) =>
    start % 20 === 0 ? responded() : { result: "failed", afterMs: 5 + random() * 30 },
  );
  expect(outages).toBeGreaterThan(0);
});

test("a response to a request from before a failure does not end the suspicion of an outage, and one to a later request does", async () => {
  const { breaker } = openHealth();
  const early = Array.from({ length: 30 }, () => breaker.admit());
  early[0]?.("responded");
  for (let i = 0; i < 4; i++) breaker.admit()?.("failed");
  for (const record of early.slice(1, 10)) record?.("responded");
  expect(await breaker.waitForRoom(1)).toBe(false);
  for (const record of early.slice(10, 20)) record?.("responded");
  expect(breaker.waitForRoom(1)).toBeUndefined();
  const late = Array.from({ length: 6 }, () => breaker.admit());
  expect(await breaker.waitForRoom(1)).toBe(false);
  late[0]?.("responded");
  expect(breaker.waitForRoom(1)).toBeUndefined();
});

test("failures of requests that started long before others with a response are not an outage", async () => {
  const { outages } = await sendInTurn(64, 5_000, (startedAt) =>
    startedAt >= 100 && startedAt < 200 ? { result: "failed", afterMs: 1_000 + random() * 3_000 } : responded(),
  );
  expect(outages).toBe(0);
});

test("failures of requests from before the end of an outage do not count as another outage", () => {
  const { breaker, pass } = openHealth();
  const early = Array.from({ length: 40 }, () => breaker.admit());
  for (const record of early.slice(0, 16)) record?.("failed");
  pass(1_000);
  breaker.admit()?.("responded");
  for (const record of early.slice(16)) record?.("failed");
  expect([breaker.isOpen, breaker.waitForRoom(1)]).toEqual([false, undefined]);
});
