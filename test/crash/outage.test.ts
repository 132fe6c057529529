import { setTimeout as pause } from "node:timers/promises";
import { test } from "vitest";
import { NO_VIOLATIONS } from "../../packages/workflows/test/support/no-violations.ts";
import { openStage, rowsOf, type Stage } from "./processes.ts";

// Side by side: they mostly wait.
const LIMIT = { timeout: 240_000 };
/** What is under way when an API falls silent is lost whatever is done: with 256 in flight a hang costs those 256. */
const IN_FLIGHT = "64";
const TICKETS = 4_000;
const OUTAGE_MS = 25_000;
const PASSWORD = {
  CASELINK_TOKEN: "",
  CASELINK_IAM_USER: "demo",
  CASELINK_IAM_PASSWORD: "demo-password",
  CASELINK_IAM_DOMAIN: "demo",
};

const startBig = async (stage: Stage) => {
  const run = stage.start(["run", await stage.csv("in.csv", rowsOf(TICKETS, 1)), "--batch", "big", "--yes"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 1_000, { timeoutMs: 60_000 });
  return run;
};

test.concurrent.for(["503", "reset", "hang"] as const)(
  "25 s of an API that is down (%s) cost fewer than 100 requests, and the batch goes on by itself",
  LIMIT,
  async (kind, { expect }) => {
    await using stage = await openStage({ latencyMs: 20 }, { CASELINK_IN_FLIGHT: IN_FLIGHT });
    const run = await startBig(stage);
    stage.simulator.configure({ outage: { afterRequests: 0, forMs: OUTAGE_MS, kind } });
    const { code, last } = await run.ended;
    expect([code, last["created"]]).toEqual([0, TICKETS]);
    expect(stage.simulator.counts().byFault["outage"]).toBeLessThan(100);
    expect(stage.simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);

test.concurrent(
  "25 s without tokens cost fewer than 100 requests, and the batch goes on by itself",
  LIMIT,
  async ({ expect }) => {
    await using stage = await openStage({ latencyMs: 20 }, { CASELINK_IN_FLIGHT: IN_FLIGHT, ...PASSWORD });
    const run = await startBig(stage);
    stage.simulator.configure({ faults: { token: { http503: 1 } } });
    const before = stage.simulator.counts().requests;
    stage.simulator.expireTokens();
    await pause(OUTAGE_MS);
    expect(stage.simulator.counts().requests - before).toBeLessThan(100);
    stage.simulator.configure({ faults: { token: {} } });
    const { code, last } = await run.ended;
    expect([code, last["created"]]).toEqual([0, TICKETS]);
    expect(stage.simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);
