import { expect, test } from "vitest";
import { seededRandom } from "../../test/simulation/random.ts";
import { VirtualClock } from "../../test/simulation/virtual-clock.ts";
import { ApiCircuitBreaker, type RequestResult } from "./api-circuit-breaker.ts";

function openHealth() {
  let time = 0;
  const health = new ApiCircuitBreaker(() => time);
  /** Sends where that is allowed; says whether it was. */
  const send = (sign: RequestResult): boolean => {
    const note = health.admit();
    note?.(sign);
    return note !== undefined;
  };
  return { health, send, pass: (milliseconds: number) => (time += milliseconds) };
}

test("an API that fails one request in three is not an outage", () => {
  const { health, send } = openHealth();
  for (let i = 0; i < 1_000; i++) expect(send(i % 3 === 0 ? "failed" : "responded")).toBe(true);
  expect(health.isOpen).toBe(false);
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
  const { health, send, pass } = openHealth();
  for (let i = 0; i < 16; i++) send("failed");
  pass(1_000);
  const probe = health.admit();
  expect([probe === undefined, health.admit()]).toEqual([false, undefined]);
  probe?.("responded");
  expect([health.isOpen, send("responded"), send("failed")]).toEqual([false, true, true]);
});

test("responses to requests from before an outage was noticed do not end it", () => {
  const { health, send } = openHealth();
  const early = health.admit();
  for (let i = 0; i < 16; i++) send("failed");
  early?.("responded");
  expect(health.isOpen).toBe(true);
});

test("without a response at most 24 requests are in flight, and each response starts two others", async () => {
  const { health } = openHealth();
  const notes: ((sign: RequestResult) => void)[] = [];
  const send = async (): Promise<void> => {
    for (let pause = health.waitForRoom(10_000); pause; pause = health.waitForRoom(10_000)) await pause;
    const note = health.admit();
    if (note) notes.push(note);
  };
  const sending = Array.from({ length: 60 }, send);
  expect(notes).toHaveLength(24);
  for (const note of notes.slice(0, 12)) note("responded");
  await Promise.all(sending.slice(0, 48));
  expect(notes).toHaveLength(48);
  // Those that were given up make room for one, and those that fail become an outage that nobody waits for.
  for (const note of notes.slice(24, 36)) note("inconclusive");
  await Promise.all(sending);
  expect(notes).toHaveLength(60);
  for (const note of notes.slice(36, 52)) note("failed");
  expect([health.isOpen, health.waitForRoom(10_000)]).toEqual([true, undefined]);
});

test("a request that waits in vain for a response to others is not sent", async () => {
  const { health } = openHealth();
  for (let i = 0; i < 24; i++) health.admit();
  expect(await health.waitForRoom(1)).toBe(false);
});

interface End {
  sign: RequestResult;
  afterMs: number;
}

/** So many at once, each sending again as soon as its request has come to an end; says when requests started. */
async function sendInTurn(callers: number, forMs: number, endOf: (startedAt: number, start: number) => End) {
  const clock = new VirtualClock();
  const health = new ApiCircuitBreaker(clock.now);
  const starts: number[] = [];
  let outages = 0;
  const call = async (_: unknown, caller: number): Promise<void> => {
    await clock.sleep((caller * LATENCY_MS) / callers);
    while (clock.now() < forMs) {
      for (let pause = health.waitForRoom(10_000); pause; pause = health.waitForRoom(10_000)) await pause;
      const note = health.admit();
      if (note) {
        starts.push(clock.now());
        const { sign, afterMs } = endOf(clock.now(), starts.length - 1);
        await clock.sleep(afterMs);
        const wasDown = health.isOpen;
        note(sign);
        if (health.isOpen && !wasDown) outages++;
      } else await clock.sleep(50);
    }
  };
  await clock.run(Promise.all(Array.from({ length: callers }, call)));
  return { starts, outages, isDown: health.isOpen };
}

const LATENCY_MS = 20;
const random = seededRandom(1);
const answered = (): End => ({ sign: "responded", afterMs: LATENCY_MS * (0.5 + random()) });

test.for<[string, number, number, () => number]>([
  ["at once", 256, 40, () => 0],
  ["after 1 ms", 256, 40, () => 1],
  ["after half of what an answer takes, in any order", 64, 90, () => 5 + random() * 10],
  // What is under way until the first failure, or until answers stay out, is lost whatever is done.
  ["after as long as an answer takes", 64, 64 + 24, () => LATENCY_MS],
  ["after as long as an answer takes", 256, 256 + 24, () => LATENCY_MS],
  ["when their time is over, because nothing is answered", 64, 64 + 24, () => 15_000],
  ["when their time is over, because nothing is answered", 256, 256 + 24, () => 15_000],
])("an outage in which requests fail %s, with %d in flight, costs at most %d", async ([, callers, most, afterMs]) => {
  const from = 200;
  const { starts, outages } = await sendInTurn(callers, 25_000, (startedAt) =>
    startedAt < from ? answered() : { sign: "failed", afterMs: afterMs() },
  );
  expect(outages).toBe(1);
  expect(starts.filter((at) => at >= from).length).toBeLessThanOrEqual(most);
});

test.for([0, 1, 20, 60])(
  "an API that fails one request in three after %d ms is not an outage with 256 in flight",
  async (afterMs) => {
    const { starts, outages } = await sendInTurn(256, 1_000, (_, start) =>
      start % 3 === 0 ? { sign: "failed", afterMs } : answered(),
    );
    expect(outages).toBe(0);
    expect(starts.length).toBeGreaterThan(5_000);
  },
);

test("an API that fails nineteen requests in twenty is an outage, in whatever order the results arrive", async () => {
  const { outages } = await sendInTurn(64, 1_000, (_, start) =>
    start % 20 === 0 ? answered() : { sign: "failed", afterMs: 5 + random() * 30 },
  );
  expect(outages).toBeGreaterThan(0);
});

test("a response to a request from before a failure does not end the suspicion of an outage, and one to a later request does", async () => {
  const { health } = openHealth();
  const early = Array.from({ length: 30 }, () => health.admit());
  early[0]?.("responded");
  for (let i = 0; i < 4; i++) health.admit()?.("failed");
  for (const note of early.slice(1, 10)) note?.("responded");
  expect(await health.waitForRoom(1)).toBe(false);
  for (const note of early.slice(10, 20)) note?.("responded");
  expect(health.waitForRoom(1)).toBeUndefined();
  const late = Array.from({ length: 6 }, () => health.admit());
  expect(await health.waitForRoom(1)).toBe(false);
  late[0]?.("responded");
  expect(health.waitForRoom(1)).toBeUndefined();
});

test("failures of requests that started long before others with a response are not an outage", async () => {
  const { outages } = await sendInTurn(64, 5_000, (startedAt) =>
    startedAt >= 100 && startedAt < 200 ? { sign: "failed", afterMs: 1_000 + random() * 3_000 } : answered(),
  );
  expect(outages).toBe(0);
});

test("failures of requests from before the end of an outage do not count as another outage", () => {
  const { health, pass } = openHealth();
  const early = Array.from({ length: 40 }, () => health.admit());
  for (const note of early.slice(0, 16)) note?.("failed");
  pass(1_000);
  health.admit()?.("responded");
  for (const note of early.slice(16)) note?.("failed");
  expect([health.isOpen, health.waitForRoom(1)]).toEqual([false, undefined]);
});
