import { setTimeout as pause } from "node:timers/promises";
import { test } from "vitest";
import { NO_VIOLATIONS } from "../../packages/workflows/test/support/no-violations.ts";
import { openStage, rowsOf, type Stage } from "./processes.ts";

// The tests run concurrently, as they mostly wait. Their outages start in turn, so that no other batch slows down a start.
const LIMIT = { timeout: 240_000 };
/** Twice the default. A hang uses the default, as all requests in flight at its start are lost in any case. */
const MANY_IN_FLIGHT = { CASELINK_IN_FLIGHT: "128" };
const BY_DEFAULT = { CASELINK_IN_FLIGHT: "" };
const TICKETS = 4_000;
const OUTAGE_MS = 25_000;
const PASSWORD = {
  CASELINK_TOKEN: "",
  CASELINK_IAM_USER: "demo",
  CASELINK_IAM_PASSWORD: "demo-password",
  CASELINK_IAM_DOMAIN: "demo",
};

let turn: Promise<unknown> = Promise.resolve();

/** Starts a batch when the earlier tests have started theirs, and an outage when a quarter of it is done. */
const startOutage = (stage: Stage, begin: () => void) => {
  const run = turn.then(async () => {
    const started = await startBig(stage);
    begin();
    // Within this time the batch detects the outage.
    await pause(300);
    return started;
  });
  turn = run.catch(() => undefined);
  return run;
};

const startBig = async (stage: Stage) => {
  const run = stage.start(["run", await stage.csv("in.csv", rowsOf(TICKETS, 1)), "--batch", "big", "--yes"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 1_000, { timeoutMs: 60_000 });
  return run;
};

test.concurrent.for([
  ["503", MANY_IN_FLIGHT],
  ["reset", MANY_IN_FLIGHT],
  ["hang", BY_DEFAULT],
] as const)(
  "25 s of an API that is down (%s) cost fewer than 100 requests, and the batch continues automatically",
  LIMIT,
  async ([kind, env], { expect }) => {
    await using stage = await openStage({ latencyMs: 20 }, env);
    const { simulator } = stage;
    const run = await startOutage(stage, () => {
      simulator.configure({ outage: { afterRequests: 0, forMs: OUTAGE_MS, kind } });
    });
    const { code, last } = await run.ended;
    expect([code, last["created"]]).toEqual([0, TICKETS]);
    expect(simulator.counts().byFault["outage"]).toBeLessThan(100);
    expect(simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);

test.concurrent(
  "25 s without tokens cost fewer than 100 requests, and the batch continues automatically",
  LIMIT,
  async ({ expect }) => {
    await using stage = await openStage({ latencyMs: 20 }, { ...MANY_IN_FLIGHT, ...PASSWORD });
    const { simulator } = stage;
    let before = 0;
    const run = await startOutage(stage, () => {
      simulator.configure({ faults: { token: { http503: 1 } } });
      before = simulator.counts().requests;
      simulator.expireTokens();
    });
    await pause(OUTAGE_MS);
    expect(simulator.counts().requests - before).toBeLessThan(100);
    simulator.configure({ faults: { token: {} } });
    const { code, last } = await run.ended;
    expect([code, last["created"]]).toEqual([0, TICKETS]);
    expect(simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);
