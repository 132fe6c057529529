import { ApiError, iamPassword, tokenProvider, type IamPasswordOptions, type OsmClientOptions } from "@caselink/sdk";
import { expect, test } from "vitest";
import { workAll } from "./support/work-all.ts";
import { openWorld, type Row, type World } from "./support/world.ts";

const rows = Array.from({ length: 200 }, (_, i): Row => [`T${i}`, "r"]);

const signedIn = (
  world: World,
  { password = "demo-password", iamEndpoint = world.simulator.url, ...options }: Partial<IamPasswordOptions> = {},
) => world.openConnector({ auth: iamPassword({ iamEndpoint, user: "demo", password, domain: "demo", ...options }) });

test.for(["http503", "http500", "resetBefore", "hang", "http429"] as const)(
  "a token endpoint that answers %s is no ticket's fault, and is asked a few times only",
  async (fault) => {
    await using world = await openWorld({ faults: { token: { [fault]: 1 } } });
    const record = await world.plan(rows);
    // Short only where no answer comes at all: an answer may be slow on a busy machine.
    const api = signedIn(world, fault === "hang" ? { timeoutMs: 500 } : {});
    const results = await workAll(world, record, { dependencies: { api } });
    const kind = fault === "http429" ? "slow-down" : "unavailable";
    expect(new Set(results.map(({ trouble }) => trouble?.kind))).toEqual(new Set([kind]));
    expect(results[0]?.trouble?.reason).toContain("/v3/auth/tokens");
    expect(results.reduce((sum, { remaining }) => sum + remaining, 0)).toBe(200);
    const { list, create, token } = world.simulator.counts();
    expect([list, create]).toEqual([0, 0]);
    expect(token).toBeLessThanOrEqual(results.length);
    world.simulator.configure({ faults: { token: {} } });
    await expect
      .poll(async () => {
        await workAll(world, record, { dependencies: { api } });
        return new Set(await world.outcomes(record.id));
      })
      .toEqual(new Set(["created"]));
  },
);

test.for(["http500", "lostResponse"] as const)(
  "a token endpoint that answers %s once holds nobody up",
  async (fault) => {
    await using world = await openWorld();
    world.simulator.failNext({ operation: "token", fault });
    const record = await world.plan(rows.slice(0, 40));
    const results = await workAll(world, record, { dependencies: { api: signedIn(world) } });
    expect(results.filter(({ trouble }) => trouble)).toEqual([]);
    expect(new Set(await world.outcomes(record.id))).toEqual(new Set(["created"]));
  },
);

test("an answer of IAM that nobody understands is not taken for the API's", async () => {
  await using world = await openWorld();
  const record = await world.plan(rows.slice(0, 40));
  const odd = { operation: "POST /v3/auth/tokens", httpStatus: 200, errorClass: "unknown", execution: "no" } as const;
  const auth = tokenProvider(() => Promise.reject(new ApiError({ ...odd, attempts: 1 })));
  const results = await workAll(world, record, { dependencies: { api: world.openConnector({ auth }) } });
  expect(new Set(results.map(({ trouble }) => trouble?.kind))).toEqual(new Set(["unavailable"]));
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
  await using world = await openWorld();
  const record = await world.plan(rows.slice(0, 5));
  const api = world.openConnector({ ...options, retries: 0 });
  const results = await workAll(world, record, { dependencies: { api } });
  expect(new Set(results.map(({ trouble }) => trouble?.kind))).toEqual(new Set(["unavailable"]));
  expect(results[0]?.trouble?.reason).toContain("no token");
  expect(world.simulator.counts().requests).toBe(0);
});

test("a token endpoint at which nobody listens is named", async () => {
  await using world = await openWorld();
  const record = await world.plan(rows.slice(0, 5));
  const api = signedIn(world, { iamEndpoint: "http://127.0.0.1:1" });
  const [result] = await workAll(world, record, { dependencies: { api } });
  expect(result?.trouble).toMatchObject({ kind: "unavailable" });
  expect(result?.trouble?.reason).toContain("127.0.0.1:1/v3/auth/tokens");
});

test("a password that IAM refuses blocks, and is sent once for all chunks", async () => {
  await using world = await openWorld();
  const record = await world.plan(rows);
  const results = await workAll(world, record, {
    dependencies: { api: signedIn(world, { password: "Wrong-Password" }) },
  });
  expect(new Set(results.map(({ trouble }) => trouble?.kind))).toEqual(new Set(["credentials"]));
  expect(JSON.stringify(results)).not.toContain("Wrong-Password");
  expect(world.simulator.counts().requests).toBe(1);
});

test("200 calls at once with a credential that is refused cost fewer than 100 requests", async () => {
  await using world = await openWorld();
  const connector = world.openConnector({ auth: tokenProvider(() => "refused-token") });
  const api = connector.connect(async () => undefined);
  const ends = await Promise.allSettled(rows.map(([ticketId]) => api.listAssociations({ ticketId })));
  expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  expect(world.simulator.counts().list).toBeLessThan(100);
});
