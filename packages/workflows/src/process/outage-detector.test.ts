import { expect, test } from "vitest";
import { seededRandom } from "../../test/simulation/random.ts";
import { VirtualClock } from "../../test/simulation/virtual-clock.ts";
import { sleep } from "../wait/sleep.ts";
import { OutageDetector, type RequestResult } from "./outage-detector.ts";

const LIMIT_MS = 10_000;

function openDetector() {
  let time = 0;
  let requests = 0;
  const outages = new OutageDetector({ now: () => time, sleep });
  /** A request that may be sent now: a function to call with its result. */
  const start = (ticket = `T${requests++}`) => {
    const number = outages.admit(ticket, LIMIT_MS);
    if (typeof number !== "number") throw new Error("the request has to wait");
    return (result: RequestResult, httpStatus?: number) => outages.record(number, result, httpStatus);
  };
  /** Sends a request if that is allowed. Returns true if it was. */
  const send = (result: RequestResult, ticket?: string): boolean => {
    if (outages.obstacle) return false;
    start(ticket)(result);
    return true;
  };
  /** Requests that wait, and what they got. */
  const wait = (limitMs = LIMIT_MS, stop?: AbortSignal): Promise<number> =>
    Promise.resolve(outages.admit("waiting", limitMs, stop));
  return { outages, start, send, wait, pass: (milliseconds: number) => (time += milliseconds) };
}

test("an API that fails one request in three is not down", () => {
  const { outages, send } = openDetector();
  for (let i = 0; i < 1_000; i++) expect(send(i % 3 === 0 ? "failed" : "responded")).toBe(true);
  expect(outages.isDown).toBe(false);
});

test("in an outage one probe at a time is sent, after growing pauses", () => {
  const { send, pass } = openDetector();
  for (let i = 0; i < 20; i++) send("responded");
  let sent = 0;
  for (let milliseconds = 0; milliseconds < 25_000; milliseconds += 50) {
    for (let caller = 0; caller < 64; caller++) if (send("failed")) sent++;
    pass(50);
  }
  expect(sent).toBeGreaterThanOrEqual(16);
  expect(sent).toBeLessThan(30);
});

test("requests wait while a probe is in flight, and its success ends the outage", async () => {
  const { outages, start, send, wait, pass } = openDetector();
  for (let i = 0; i < 16; i++) send("failed");
  pass(1_000);
  const endProbe = start();
  const waiting = [wait(), wait()];
  expect([outages.isDown, outages.obstacle]).toEqual([true, undefined]);
  endProbe("responded");
  expect(await Promise.all(waiting)).toEqual([17, 18]);
  expect([outages.isDown, send("responded"), send("failed")]).toEqual([false, true, true]);
});

test("a failed probe rejects the requests that waited for it, with the reason of its failure", async () => {
  const { outages, start, send, wait, pass } = openDetector();
  for (let i = 0; i < 16; i++) send("failed");
  expect(outages.obstacle?.waitReason).toEqual({ kind: "unavailable", reason: "the API does not respond" });
  pass(1_000);
  const endProbe = start();
  const waiting = wait();
  endProbe("failed", 503);
  const reason = "the API responds with HTTP 503";
  await expect(waiting).rejects.toMatchObject({
    message: reason,
    waitReason: { kind: "unavailable", reason, httpStatus: 503 },
    wasSent: "no",
  });
  expect(() => start()).toThrow(reason);
});

test("a probe that was not sent lets one of the requests that wait be the next", async () => {
  const { outages, start, send, wait, pass } = openDetector();
  for (let i = 0; i < 16; i++) send("failed");
  pass(1_000);
  const endProbe = start();
  const probes: number[] = [];
  const waiting = [wait(), wait()].map((number) => number.then((probe) => probes.push(probe)));
  endProbe("inconclusive");
  await waiting[0];
  expect(probes).toEqual([17]);
  outages.record(17, "responded");
  await waiting[1];
  expect(probes).toEqual([17, 18]);
});

test("one ticket whose requests all fail is no outage, and two are one", () => {
  const { outages, send } = openDetector();
  for (let i = 0; i < 64; i++) send("failed", "T");
  for (let i = 0; i < 20; i++) send("responded");
  for (let i = 0; i < 40; i++) send("failed", "T");
  expect(outages.isDown).toBe(false);
  send("failed", "U");
  for (let i = 0; i < 14; i++) send("failed", "T");
  expect(outages.isDown).toBe(true);
});

test("responses whose bodies show a failure of the API are failures of their own requests", () => {
  const { outages, send } = openDetector();
  const failedCall = (ticket: string, attempts: number) =>
    outages.recordFailedCall(ticket, attempts, { kind: "unavailable", reason: "busy", httpStatus: 200 });
  for (let attempt = 0; attempt < 5; attempt++) for (const ticket of ["T", "U", "V", "W"]) send("responded", ticket);
  for (const ticket of ["T", "U", "V"]) failedCall(ticket, 4);
  // It is about requests that have failed already.
  failedCall("V", 4);
  failedCall("not sent", 4);
  expect([outages.isDown, outages.obstacle]).toEqual([false, undefined]);
  failedCall("W", 4);
  expect(outages.obstacle?.waitReason).toEqual({ kind: "unavailable", reason: "busy", httpStatus: 200 });
});

test("responses to requests from before an outage was noticed do not end it", () => {
  const { outages, start, send } = openDetector();
  const endEarly = start();
  for (let i = 0; i < 16; i++) send("failed");
  endEarly("responded");
  expect(outages.isDown).toBe(true);
});

test("without a response at most 24 requests are in flight, and each response starts two others", async () => {
  const { outages } = openDetector();
  const started: number[] = [];
  const sending = Array.from({ length: 60 }, async (_, at) => {
    const admitted = outages.admit(`T${at}`, LIMIT_MS);
    started.push(typeof admitted === "number" ? admitted : await admitted);
  });
  const record = (from: number, to: number, result: RequestResult) =>
    started.slice(from, to).forEach((start) => outages.record(start, result));
  expect(started).toHaveLength(24);
  record(0, 12, "responded");
  await Promise.all(sending.slice(0, 48));
  expect(started).toHaveLength(48);
  // An abandoned request makes room for one other; failed requests become an outage, which ends all waits.
  record(24, 36, "inconclusive");
  await Promise.all(sending);
  expect(started).toHaveLength(60);
  const waiting = outages.admit("late", LIMIT_MS);
  record(36, 52, "failed");
  await expect(waiting).rejects.toThrow("the API does not respond");
});

test("a request that waits in vain for a response to others is not sent, and a stop ends its wait", async () => {
  const { start, wait } = openDetector();
  for (let i = 0; i < 24; i++) start();
  await expect(wait(1)).rejects.toThrow("its time ran out");
  const stop = new AbortController();
  const stopped = [wait(LIMIT_MS, stop.signal)];
  stop.abort();
  stopped.push(wait(LIMIT_MS, stop.signal));
  for (const end of await Promise.allSettled(stopped)) expect(end).toMatchObject({ status: "rejected" });
});

interface End {
  result: RequestResult;
  afterMs: number;
}

/** Callers that each send again when their request has ended. Returns the start times of the requests. */
async function sendInTurn(callers: number, forMs: number, endOf: (startedAt: number, start: number) => End) {
  const clock = new VirtualClock();
  const outages = new OutageDetector(clock);
  const starts: number[] = [];
  let noticed = 0;
  const call = async (_: unknown, caller: number): Promise<void> => {
    await clock.sleep((caller * LATENCY_MS) / callers);
    while (clock.now() < forMs) {
      if (outages.obstacle) await clock.sleep(50);
      else await send(`T${caller}`);
    }
  };
  const send = async (ticket: string): Promise<void> => {
    const start = await Promise.resolve(outages.admit(ticket, LIMIT_MS)).catch(() => undefined);
    if (start === undefined) return;
    starts.push(clock.now());
    const { result, afterMs } = endOf(clock.now(), starts.length - 1);
    await clock.sleep(afterMs);
    const wasDown = outages.isDown;
    outages.record(start, result);
    if (outages.isDown && !wasDown) noticed++;
  };
  await clock.run(Promise.all(Array.from({ length: callers }, call)));
  return { starts, outages: noticed };
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
  const { start, send, wait } = openDetector();
  const early = Array.from({ length: 24 }, () => start());
  for (const end of early.slice(0, 12)) end("responded");
  early.push(...Array.from({ length: 10 }, () => start()));
  for (let i = 0; i < 4; i++) send("failed");
  for (const end of early.slice(12, 18)) end("responded");
  await expect(wait(1)).rejects.toThrow("its time ran out");
  for (const end of early.slice(18, 28)) end("responded");
  const late = Array.from({ length: 10 }, () => start());
  await expect(wait(1)).rejects.toThrow("its time ran out");
  late[0]?.("responded");
  start();
});

test("failures of requests that started long before others with a response are not an outage", async () => {
  const { outages } = await sendInTurn(64, 5_000, (startedAt) =>
    startedAt >= 100 && startedAt < 200 ? { result: "failed", afterMs: 1_000 + random() * 3_000 } : responded(),
  );
  expect(outages).toBe(0);
});

test("failures of requests from before the end of an outage do not count as another outage", () => {
  const { outages, start, pass } = openDetector();
  const early = Array.from({ length: 24 }, () => start());
  for (const end of early.slice(0, 12)) end("responded");
  early.push(...Array.from({ length: 24 }, () => start()));
  for (const end of early.slice(12, 28)) end("failed");
  expect(outages.isDown).toBe(true);
  pass(1_000);
  start()("responded");
  for (const end of early.slice(28)) end("failed");
  expect([outages.isDown, outages.obstacle]).toEqual([false, undefined]);
  start();
});
