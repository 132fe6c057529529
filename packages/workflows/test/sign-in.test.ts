import {
  ApiError,
  iamPassword,
  signature,
  tokenProvider,
  type IamPasswordOptions,
  type OsmClientOptions,
} from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import { expect, test } from "vitest";
import { CredentialsGate } from "../src/process/credentials-gate.ts";
import { workAll } from "./support/work-all.ts";
import { openEngineHarness, type Row, type EngineHarness } from "./support/engine-harness.ts";

const rows = Array.from({ length: 200 }, (_, i): Row => [`T${i}`, "r"]);

const signedIn = (
  harness: EngineHarness,
  { password = "demo-password", iamEndpoint = harness.simulator.url, ...options }: Partial<IamPasswordOptions> = {},
) => harness.openConnector({ auth: iamPassword({ iamEndpoint, user: "demo", password, domain: "demo", ...options }) });

test.for(["http503", "http500", "resetBefore", "hang", "http429"] as const)(
  "a token endpoint that fails with %s is no ticket's fault, and gets only a few requests",
  async (fault) => {
    await using harness = await openEngineHarness({ faults: { token: { [fault]: 1 } } });
    const record = await harness.plan(rows);
    // Short only for a hang: a busy machine may be slow to respond.
    const api = signedIn(harness, fault === "hang" ? { timeoutMs: 3_000 } : {});
    const results = await workAll(harness, record, { dependencies: { api } });
    const kind = fault === "http429" ? "slow-down" : "unavailable";
    expect(new Set(results.map(({ waitReason }) => waitReason?.kind))).toEqual(new Set([kind]));
    expect(results[0]?.waitReason?.reason).toContain("/v3/auth/tokens");
    expect(results.reduce((sum, { deferred }) => sum + deferred, 0)).toBe(200);
    const { list, create, token } = harness.simulator.counts();
    expect([list, create]).toEqual([0, 0]);
    expect(token).toBeLessThanOrEqual(results.length);
    harness.simulator.configure({ faults: { token: {} } });
    await expect
      .poll(async () => {
        await workAll(harness, record, { dependencies: { api } });
        return new Set(await harness.outcomes(record.id));
      })
      .toEqual(new Set(["created"]));
  },
);

test.for(["http500", "lostResponse"] as const)(
  "a token endpoint that fails once with %s delays no ticket",
  async (fault) => {
    await using harness = await openEngineHarness();
    harness.simulator.failNext({ operation: "token", fault });
    const record = await harness.plan(rows.slice(0, 40));
    const results = await workAll(harness, record, { dependencies: { api: signedIn(harness) } });
    expect(results.filter(({ waitReason }) => waitReason)).toEqual([]);
    expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["created"]));
  },
);

test("a machine whose clock is an hour slow signs one request in vain, and no ticket waits for it", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(rows.slice(0, 40));
  const key = { accessKey: "DEMOACCESSKEY", secretKey: "demo-secret-key" };
  const api = harness.openConnector({ auth: signature({ ...key, now: () => Date.now() - 3_600_000 }) });
  const results = await workAll(harness, record, { dependencies: { api } });
  expect(results.filter(({ waitReason }) => waitReason)).toEqual([]);
  expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["created"]));
  expect(harness.simulator.counts().byStatus["401"]).toBe(1);
});

test("a response of IAM that cannot be understood does not count as a response of the API", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(rows.slice(0, 40));
  const odd = { operation: "POST /v3/auth/tokens", httpStatus: 200, errorClass: "unknown", execution: "no" } as const;
  const auth = tokenProvider(() => Promise.reject(new ApiError({ ...odd, attempts: 1 })));
  const results = await workAll(harness, record, { dependencies: { api: harness.openConnector({ auth }) } });
  expect(new Set(results.map(({ waitReason }) => waitReason?.kind))).toEqual(new Set(["unavailable"]));
});

test.for<[string, Partial<OsmClientOptions> & Pick<OsmClientOptions, "auth">]>([
  ["a token that does not come in time", { auth: tokenProvider(() => new Promise(() => {})), timeoutMs: 50 }],
  [
    "an ApiError of an authorize without a parameter for the signal",
    {
      auth: {
        authorize(_request) {
          const facts = { operation: "GET /token", httpStatus: 500, errorClass: "transient" } as const;
          throw new ApiError({ ...facts, execution: "no", attempts: 1 });
        },
      },
    },
  ],
])("%s is a failed sign-in and no failure of a ticket", async ([, options]) => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(rows.slice(0, 5));
  const api = harness.openConnector({ ...options, retries: 0 });
  const results = await workAll(harness, record, { dependencies: { api } });
  expect(new Set(results.map(({ waitReason }) => waitReason?.kind))).toEqual(new Set(["unavailable"]));
  expect(results[0]?.waitReason?.reason).toContain("no token");
  expect(harness.simulator.counts().requests).toBe(0);
});

test("a token endpoint that cannot be reached is named in the wait reason", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(rows.slice(0, 5));
  const api = signedIn(harness, { iamEndpoint: "http://127.0.0.1:1" });
  const [result] = await workAll(harness, record, { dependencies: { api } });
  expect(result?.waitReason).toMatchObject({ kind: "unavailable" });
  expect(result?.waitReason?.reason).toContain("127.0.0.1:1/v3/auth/tokens");
});

test("a password that IAM rejects blocks the batch, and is sent once for all chunks", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(rows);
  const results = await workAll(harness, record, {
    dependencies: { api: signedIn(harness, { password: "Wrong-Password" }) },
  });
  expect(new Set(results.map(({ waitReason }) => waitReason?.kind))).toEqual(new Set(["credentials"]));
  expect(JSON.stringify(results)).not.toContain("Wrong-Password");
  expect(harness.simulator.counts().requests).toBe(1);
});

test("a batch continues although tokens are revoked more than once during one call", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(rows);
  const transport = createNodeTransport();
  const revocations = { list: 2, create: 2 };
  const api = harness.openConnector({
    auth: iamPassword({ iamEndpoint: harness.simulator.url, user: "demo", password: "demo-password", domain: "demo" }),
    fetch: (url, request) => {
      const operation = request.method === "GET" ? "list" : "create";
      // The second time, the call has a new token, which other calls use already.
      if (url.includes("/T100/") && revocations[operation] > 0) {
        revocations[operation]--;
        harness.simulator.expireTokens();
      }
      return transport(url, request);
    },
  });
  const credentials = new CredentialsGate(() => performance.now());
  const results = await workAll(harness, record, { dependencies: { api, credentials } });
  expect(results.filter(({ waitReason }) => waitReason)).toEqual([]);
  expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["created"]));
  expect(revocations).toEqual({ list: 0, create: 0 });
  await transport.close();
});

test("200 calls at the same time with rejected credentials cost fewer than 100 requests", async () => {
  await using harness = await openEngineHarness();
  const connector = harness.openConnector({ auth: tokenProvider(() => "refused-token") });
  const api = connector.connect(async () => undefined);
  const ends = await Promise.allSettled(rows.map(([ticketId]) => api.listAssociations({ ticketId })));
  expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  expect(harness.simulator.counts().list).toBeLessThan(100);
});
