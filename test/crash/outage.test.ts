import { setTimeout as pause } from "node:timers/promises";
import { test } from "vitest";
import { csv, newBatch, NO_VIOLATIONS, rowsOf } from "@caselink/test-support";
import { openCluster, type CliHarness } from "@caselink/test-support/cli";

// The tests run concurrently, as they mostly wait. One batch starts after the other, because a start takes a whole processor.
const TICKETS = 500;
const OUTAGE_MS = 25_000;
/** The tests wait for each other. */
const LIMIT = { timeout: 1_800_000 };

/**
 * The most requests that an outage costs. On a busy machine all that may be in flight can be lost, because their failures
 * are read together. At most 15 more start before the outage is noticed, and about 6 probe the API. With 64 in flight,
 * the default, that is less than 100. If failures are read one by one, at most 40 are lost, even with 256 in flight:
 * `outage-detector.test.ts` shows that on a clock of its own.
 */
const mostRequests = (inFlight: number): number => inFlight + 35;

let turn: Promise<unknown> = Promise.resolve();

/** Starts a batch when the earlier tests have started theirs, and resolves when a quarter of it is done. */
function startInTurn(stage: CliHarness, inFlight: number) {
  const started = turn.then(async () => {
    await stage.startWorker({ CASELINK_IN_FLIGHT: `${inFlight}` });
    await stage.write("in.csv", csv(...rowsOf(TICKETS)));
    const run = stage.follow(["run", "in.csv", "--batch", newBatch("outage"), "--yes", "--json"]);
    await stage.simulator.waitFor(({ counts }) => counts.written >= TICKETS / 4);
    return run;
  });
  turn = started.catch(() => undefined);
  return started;
}

test.concurrent.for([
  ["503", 128],
  ["reset", 128],
  ["hang", 64],
] as const)(
  "25 s of an API that is down (%s) cost at most 35 requests more than the %d in flight, and the batch continues automatically",
  LIMIT,
  async ([kind, inFlight], { expect }) => {
    await using stage = await openCluster({ latencyMs: 20 });
    const { simulator } = stage;
    const run = await startInTurn(stage, inFlight);
    simulator.configure({ outage: { afterRequests: 0, forMs: OUTAGE_MS, kind } });
    const { status, last } = await run.ended;
    expect([status, last()["created"]]).toEqual([0, TICKETS]);
    expect(simulator.counts().byFault["outage"]).toBeLessThanOrEqual(mostRequests(inFlight));
    expect(simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);

test.concurrent(
  "25 s without tokens cost at most 35 requests more than the 128 in flight, and the batch continues automatically",
  LIMIT,
  async ({ expect }) => {
    await using stage = await openCluster({ latencyMs: 20 }, (apiUrl) => ({
      CASELINK_TOKEN: "",
      CASELINK_IAM_ENDPOINT: apiUrl,
      CASELINK_IAM_USER: "demo",
      CASELINK_IAM_PASSWORD: "demo-password",
      CASELINK_IAM_DOMAIN: "demo",
    }));
    const { simulator } = stage;
    const run = await startInTurn(stage, 128);
    simulator.configure({ faults: { token: { http503: 1 } } });
    const before = simulator.counts().requests;
    simulator.expireTokens();
    await pause(OUTAGE_MS);
    expect(simulator.counts().requests - before).toBeLessThanOrEqual(mostRequests(128));
    simulator.configure({ faults: { token: {} } });
    const { status, last } = await run.ended;
    expect([status, last()["created"]]).toEqual([0, TICKETS]);
    expect(simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);
