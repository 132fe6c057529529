import { staticToken } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import { startSimulator } from "@caselink/simulator";
import { expect, test } from "vitest";
import { noRateLimit } from "../../test/support/request-queues.ts";
import { createApiConnector } from "./api-connector.ts";

const write = { ticketId: "A", relatedIds: ["a1"], groupId: "g" };

test("a stop ends the wait of requests that were not sent, and requests in flight may finish", async () => {
  await using simulator = await startSimulator({ faults: { list: { hang: 1 } } });
  const connector = createApiConnector({
    endpoint: simulator.url,
    auth: staticToken("demo-token"),
    rateLimiter: noRateLimit,
    timeoutMs: 2_000,
    retries: 0,
  });
  const stop = new AbortController();
  const api = connector.connect(async () => undefined, undefined, stop.signal);
  const reads = Array.from({ length: 24 }, (_, i) => api.listAssociations({ ticketId: `T${i}` }));
  const failed = Promise.allSettled(reads);
  await simulator.waitFor(({ counts }) => counts.list === 24);
  const waiting = api.createAssociations(write);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ kind: "unsent", phase: "request", wasSent: "no", execution: "no" });
  await expect(api.createAssociations(write)).rejects.toThrow("its time ran out before it was sent");
  expect((await failed).every(({ status }) => status === "rejected")).toBe(true);
  expect(simulator.counts()).toMatchObject({ list: 24, create: 0 });
});

test("a request that times out while it waits is never sent", async () => {
  await using simulator = await startSimulator();
  const fetch = createNodeTransport();
  const connector = createApiConnector({
    endpoint: simulator.url,
    auth: staticToken("demo-token"),
    rateLimiter: noRateLimit,
    fetch,
    timeoutMs: 50,
    retries: 0,
  });
  const gate = Promise.withResolvers<void>();
  const timer = setTimeout(gate.resolve, 200);
  const api = connector.connect(() => gate.promise);
  await expect(api.createAssociations(write)).rejects.toMatchObject({
    kind: "timeout",
    wasSent: "no",
    execution: "no",
  });
  clearTimeout(timer);
  await fetch.close();
  expect(simulator.counts().create).toBe(0);
});

test("requests that come while a probe is in flight continue when it shows that the API works again", async () => {
  await using simulator = await startSimulator({ outage: { afterRequests: 0, forMs: 60_000, kind: "503" } });
  const connector = createApiConnector({
    endpoint: simulator.url,
    auth: staticToken("demo-token"),
    rateLimiter: noRateLimit,
    retries: 0,
  });
  const api = connector.connect(async () => undefined);
  const list = (name: string) =>
    Promise.allSettled(Array.from({ length: 30 }, (_, i) => api.listAssociations({ ticketId: `${name}/${i}` })));
  await list("T");
  await expect(api.listAssociations({ ticketId: "T" })).rejects.toMatchObject({
    waitReason: { kind: "unavailable", httpStatus: 503 },
  });
  simulator.configure({ outage: null });
  await expect.poll(() => connector.outages.obstacle).toBeUndefined();
  const { list: before } = simulator.counts();
  expect(new Set((await list("U")).map(({ status }) => status))).toEqual(new Set(["fulfilled"]));
  expect(simulator.counts().list - before).toBe(30);
});
