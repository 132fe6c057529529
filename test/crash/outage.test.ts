import { setTimeout as pause } from "node:timers/promises";
import { test } from "vitest";
import { csv, NO_VIOLATIONS, rowsOf } from "@caselink/test-support";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";

// The tests run concurrently, as they mostly wait. Their outages start in turn, so that no other batch slows down a start.
const TICKETS = 4_000;
const OUTAGE_MS = 25_000;
/** The tests wait for each other. */
const LIMIT = { timeout: 1_800_000 };
const PASSWORD = {
  CASELINK_TOKEN: "",
  CASELINK_IAM_USER: "demo",
  CASELINK_IAM_PASSWORD: "demo-password",
  CASELINK_IAM_DOMAIN: "demo",
};

let turn: Promise<unknown> = Promise.resolve();

/** Starts a batch when the earlier tests have started theirs, and an outage when a quarter of it is done. */
const startOutage = (stage: CliHarness, begin: () => void) => {
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

const startBig = async (stage: CliHarness) => {
  const run = stage.start([
    "run",
    await stage.write("in.csv", csv(...rowsOf(TICKETS))),
    "--batch",
    "big",
    "--yes",
    "--json",
  ]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 1_000);
  return run;
};

// At most 64 requests are in flight when the API goes down, at most 15 more start before the circuit breaker opens, and
// the probes are few: a count that does not depend on how fast the machine is.
test.concurrent.for(["503", "reset", "hang"] as const)(
  "25 s of an API that is down (%s) cost fewer than 100 requests, and the batch continues automatically",
  LIMIT,
  async (kind, { expect }) => {
    await using stage = await openProcessHarness({ latencyMs: 20 });
    const { simulator } = stage;
    const run = await startOutage(stage, () => {
      simulator.configure({ outage: { afterRequests: 0, forMs: OUTAGE_MS, kind } });
    });
    const { status, last } = await run.ended;
    expect([status, last()["created"]]).toEqual([0, TICKETS]);
    expect(simulator.counts().byFault["outage"]).toBeLessThan(100);
    expect(simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);

test.concurrent(
  "25 s without tokens cost fewer than 100 requests, and the batch continues automatically",
  LIMIT,
  async ({ expect }) => {
    await using stage = await openProcessHarness({ latencyMs: 20 }, (apiUrl) => ({
      ...PASSWORD,
      CASELINK_IAM_ENDPOINT: apiUrl,
    }));
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
    const { status, last } = await run.ended;
    expect([status, last()["created"]]).toEqual([0, TICKETS]);
    expect(simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);
