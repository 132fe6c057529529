import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { serveHealth } from "./health-server.ts";
import { watchHealth, type HealthCheck } from "./health.ts";

type State = ReturnType<Parameters<typeof watchHealth>[0]["getState"]>;

async function open(checks: HealthCheck[], worker: { state?: State; reason?: string } = {}) {
  const health = watchHealth(
    {
      getState: () => worker.state ?? "RUNNING",
      get notReadyReason() {
        return worker.reason;
      },
    },
    checks,
    { everyMs: 10, limitMs: 30 },
  );
  const atFirst = [...health.problems];
  const server = await serveHealth(health, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => {
    health[Symbol.dispose]();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const probe = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.text()];
  };
  const becomes = (status: number) => expect.poll(async () => (await probe("/ready"))[0]).toBe(status);
  return { atFirst, probe, becomes };
}

test("a worker that nothing prevents from working is live and ready", async () => {
  const { probe } = await open([]);
  expect(await probe("/live")).toEqual([200, "live\n"]);
  expect(await probe("/ready?verbose")).toEqual([200, "ready\n"]);
  expect((await probe("/"))[0]).toBe(404);
});

test("/ready says in words all that is wrong, and /live whether the worker has failed", async () => {
  const worker: { state: State; reason: string } = { state: "RUNNING", reason: "the credentials are rejected" };
  const failing = { problem: "the ledger cannot be read", run: () => Promise.reject(new Error("no such bucket")) };
  const { probe, becomes } = await open([failing], worker);
  await becomes(503);
  expect(await probe("/ready")).toEqual([
    503,
    "not ready: the credentials are rejected; the ledger cannot be read: no such bucket\n",
  ]);
  expect((await probe("/live"))[0]).toBe(200);
  worker.state = "FAILED";
  expect(await probe("/live")).toEqual([503, "not live: the worker has failed\n"]);
});

test("a probe starts no check, and a check that fails is repeated until it succeeds", async () => {
  let runs = 0;
  const works = Promise.withResolvers<void>();
  const { probe, becomes } = await open([
    {
      problem: "it is away",
      run: () => (++runs === 1 ? Promise.reject(new Error("once")) : works.promise),
    },
  ]);
  await expect.poll(() => runs).toBe(2);
  for (let at = 0; at < 20; at++) await probe("/ready");
  expect(runs).toBe(2);
  works.resolve();
  await becomes(200);
});

test("a check without a response is a problem, and no second one is started next to it", async () => {
  let runs = 0;
  const slow = Promise.withResolvers<void>();
  const check = { problem: "the ledger cannot be read", run: () => (runs++, slow.promise) };
  const { atFirst, probe, becomes } = await open([check]);
  expect(atFirst).toEqual([]); // it has not failed yet
  await becomes(503);
  expect((await probe("/ready"))[1]).toContain("the ledger cannot be read: no response within 0.03 s");
  expect(runs).toBe(1);
  slow.resolve();
  await becomes(200);
});
