import { createOsmClient, staticToken, type OsmClient } from "@caselink/sdk";
import { startSimulator, type Simulator, type SimulatorConfig } from "@caselink/simulator";
import { expect, test } from "vitest";
import { probeApi, ProbeError, type ProbeOptions, type ProbeResult } from "./probe-api.ts";

const PAIR = { ticket: "T", other: "O", groupId: "g" };
const TICKETS = { T: ["X"], O: ["Y", "Z"] };
const MISSING = "^caselink-doctor-";

/** Short waits: without a read lag, the simulator shows a write immediately. */
const TIMES = { showMs: 300, absenceMs: 100, retryMs: [10, 20, 40] };

const clientOf = ({ url }: Pick<Simulator, "url">): OsmClient =>
  createOsmClient({ endpoint: url, auth: staticToken("demo-token"), retries: 0 });

type Operation = "list" | "create" | "delete";

/** Calls `before` before each call of the client. */
function watched(client: OsmClient, before: (operation: Operation) => void): OsmClient {
  const watch =
    <Args extends unknown[], Result>(operation: Operation, call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      before(operation);
      return call(...args);
    };
  return {
    listAssociations: watch("list", (...args) => client.listAssociations(...args)),
    createAssociations: watch("create", (...args) => client.createAssociations(...args)),
    deleteAssociation: watch("delete", (...args) => client.deleteAssociation(...args)),
  };
}

const options = (more: Partial<ProbeOptions> = {}): ProbeOptions => ({
  times: TIMES,
  signal: new AbortController().signal,
  stopSignal: new AbortController().signal,
  onStep: () => undefined,
  ...more,
});

/** Runs a probe and checks that it leaves the tickets as they were. */
async function probed(
  config: SimulatorConfig,
  beforeCall: (simulator: Simulator, operation: Operation) => void = () => undefined,
): Promise<ProbeResult> {
  await using simulator = await startSimulator({ tickets: TICKETS, ...config });
  const before = simulator.tickets();
  const client = watched(clientOf(simulator), (operation) => beforeCall(simulator, operation));
  const result = await probeApi(client, PAIR, options());
  expect(simulator.tickets()).toEqual(before);
  expect(simulator.violations().overLimitAsked).toEqual([]);
  expect(result.left).toEqual([]);
  return result;
}

const valuesOf = ({ observations }: ProbeResult) =>
  Object.fromEntries(Object.entries(observations).map(([name, fact]) => [name, fact?.value]));

test.for<[SimulatorConfig, Record<string, unknown>]>([
  [{}, { symmetric: false, repeated_create: "success" }],
  [{ symmetric: true }, { symmetric: true, repeated_create: "success" }],
  [{ duplicate: "error" }, { symmetric: false, repeated_create: "OSM.01010045" }],
  [
    { symmetric: true, duplicate: "error" },
    { symmetric: true, repeated_create: "OSM.01010045" },
  ],
  [{ unknownTickets: MISSING }, { symmetric: false, repeated_create: "success", rejected_call: "all-or-nothing" }],
  [
    { unknownTickets: MISSING, atomic: false },
    { symmetric: false, repeated_create: "success", rejected_call: "partial" },
  ],
  [
    { unknownTickets: MISSING, atomic: false, symmetric: true },
    { symmetric: true, repeated_create: "success", rejected_call: "partial" },
  ],
  [{ success: "no-body" }, { symmetric: false, repeated_create: "success" }],
])("a probe of an API with %j finds %j and leaves the tickets as they were", async ([config, facts]) => {
  const result = await probed(config);
  expect(result.failure).toBeUndefined();
  expect(valuesOf(result)).toEqual({ read_lag_ms: 0, ...facts });
});

test("the evidence of each fact names the tickets, the calls and the code", async () => {
  const { observations } = await probed({ symmetric: true, duplicate: "error", unknownTickets: MISSING });
  expect(Object.fromEntries(Object.entries(observations).map(([name, fact]) => [name, fact?.evidence]))).toEqual({
    symmetric: "after creating T -> O, the list of O had T",
    repeated_create: "creating T -> O again: OSM.01010045",
    rejected_call: "a call for O and an id that does not exist got OSM.01010015 and did not create T -> O",
    read_lag_ms: "the association T -> O showed in the first list",
  });
});

test("a ticket with two associations gets no call with two ids, and that fact stays unknown", async () => {
  const result = await probed({ tickets: { T: ["X", "Y"] }, unknownTickets: MISSING });
  expect(result.failure).toBeUndefined();
  expect(valuesOf(result)).not.toHaveProperty("rejected_call");
});

test.for([false, true])("reads that lag are repeated until they show a write (symmetric: %s)", async (symmetric) => {
  let now = Date.now();
  await using simulator = await startSimulator(
    { tickets: TICKETS, readLagMs: 500, symmetric, unknownTickets: MISSING },
    { now: () => now },
  );
  const before = simulator.tickets();
  // The API's clock advances with the calls, so that the third list after a write shows it on any machine.
  const client = watched(clientOf(simulator), () => (now += 200));
  const result = await probeApi(client, PAIR, options({ times: { ...TIMES, showMs: 60_000 } }));
  expect(result.failure).toBeUndefined();
  expect(valuesOf(result)).toMatchObject({ symmetric, rejected_call: "all-or-nothing" });
  expect(result.observations.read_lag_ms?.value).toBeGreaterThan(0);
  expect([result.left, simulator.tickets()]).toEqual([[], before]);
});

const WRITE_FAULTS = ["lostResponse", "resetBefore", "http500", "http500AfterWrite", "operationFailed"] as const;

test.for(WRITE_FAULTS.flatMap((fault) => [1, 2, 3].map((at) => [fault, at] as const)))(
  "after the fault %s in create %s, the tickets are as they were",
  async ([fault, at]) => {
    let creates = 0;
    const result = await probed({ symmetric: true, unknownTickets: MISSING }, (simulator, operation) => {
      if (operation === "create" && ++creates === at) simulator.failNext({ operation, fault });
    });
    expect(creates).toBeGreaterThanOrEqual(at);
    // The facts that were observed before the fault stay.
    expect(valuesOf(result)).toMatchObject(at > 1 ? { symmetric: true, read_lag_ms: 0 } : {});
  },
);

test("a create without a response is resolved by reading, and its read lag stays unknown", async () => {
  let creates = 0;
  const result = await probed({ symmetric: true }, (simulator, operation) => {
    if (operation === "create" && ++creates === 1) simulator.failNext({ operation, fault: "lostResponse" });
  });
  expect(result.failure).toBeUndefined();
  expect(valuesOf(result)).toEqual({ symmetric: true, repeated_create: "success" });
});

test.for(WRITE_FAULTS)("after the fault %s in the repeated create, its response stays unknown", async (fault) => {
  let creates = 0;
  const result = await probed({ symmetric: true }, (simulator, operation) => {
    if (operation === "create" && ++creates === 2) simulator.failNext({ operation, fault });
  });
  expect(valuesOf(result)).toEqual({ symmetric: true, read_lag_ms: 0 });
});

test.for(WRITE_FAULTS)("after the fault %s in two deletes, the tickets are as they were", async (fault) => {
  let deletes = 0;
  await probed({}, (simulator, operation) => {
    if (operation === "delete" && ++deletes <= 2) simulator.failNext({ operation, fault });
  });
  expect(deletes).toBeGreaterThan(1);
});

test("failed reads end the probe, and the tickets are as they were", async () => {
  for (const failing of [3, 4, 5, 6, 7]) {
    let lists = 0;
    await probed({}, (simulator, operation) => {
      if (operation === "list" && ++lists === failing) simulator.failNext({ operation, fault: "http503" });
    });
    expect(lists).toBeGreaterThanOrEqual(failing);
  }
});

test("an API that replaces associations gets them back, and the probe ends with the reason", async () => {
  const { failure, observations } = await probed({ semantics: "replace" });
  expect(String(failure)).toContain("the API removed associations of T (X) with a create");
  expect(observations).toEqual({});
});

test("tickets that are associated, full, unknown or forbidden are rejected before anything is written", async () => {
  for (const [config, message] of [
    [{ tickets: { T: ["O"] } }, /T and O are associated already/],
    [{ tickets: { O: ["T"] } }, /T and O are associated already/],
    [{ tickets: { T: ["a", "b", "c"] } }, /T has 3 associations: there is no room/],
    [{ tickets: { O: ["a", "b", "c"] } }, /O has 3 associations: there is no room/],
    [{ unknownTickets: ["O"] }, /ticket O cannot be read .*OSM\.01010015/],
    [{ forbiddenTickets: ["T"] }, /ticket T cannot be read .*OSM\.01010002/],
  ] as [SimulatorConfig, RegExp][]) {
    await using simulator = await startSimulator(config);
    await expect(probeApi(clientOf(simulator), PAIR, options())).rejects.toThrow(message);
    const { create, delete: removed } = simulator.counts();
    expect([create, removed]).toEqual([0, 0]);
  }
});

test("a probe that cannot remove its association reports exactly what is left", async () => {
  await using simulator = await startSimulator({ symmetric: true, faults: { delete: { http503: 1 } } });
  const { left, observations } = await probeApi(clientOf(simulator), PAIR, options());
  expect(observations.symmetric?.value).toBe(true);
  expect(left).toMatchObject([
    { ticket: "T", related: "O", undoneBy: "delete" },
    { ticket: "O", related: "T", undoneBy: "delete" },
  ]);
  expect(left[0]?.reason).toMatch(/HTTP 503|still shows/);
  expect(simulator.tickets().get("T")).toEqual(["O"]);
});

test.for([{}, { symmetric: true }, { unknownTickets: MISSING, atomic: false }])(
  "a probe of %j that is interrupted before any call leaves the tickets as they were",
  async (config) => {
    for (let at = 1, isInterrupted = true; isInterrupted; at++) {
      await using simulator = await startSimulator({ tickets: TICKETS, ...config });
      const before = simulator.tickets();
      const controller = new AbortController();
      let calls = 0;
      const client = watched(clientOf(simulator), () => {
        if (++calls === at) controller.abort();
      });
      const run = probeApi(client, PAIR, options({ signal: controller.signal }));
      // While it reads the tickets for the first time, nothing was written.
      const result = await run.catch((error: unknown) => ({ failure: error, left: [] }));
      isInterrupted = calls >= at;
      expect([at, result.left, simulator.tickets()]).toEqual([at, [], before]);
      expect(result.failure).not.toBeInstanceOf(ProbeError);
    }
  },
);

test("a second interrupt ends the restoring and reports what is not certain", async () => {
  await using simulator = await startSimulator({ faults: { delete: { http503: 1 } } });
  const [first, second] = [new AbortController(), new AbortController()];
  const client = watched(clientOf(simulator), () => {
    if (simulator.counts().create === 1) first.abort();
    if (simulator.counts().delete === 1) second.abort();
  });
  const { left } = await probeApi(client, PAIR, options({ signal: first.signal, stopSignal: second.signal }));
  expect(left).toMatchObject([
    { ticket: "T", related: "O" },
    { ticket: "O", related: "T" },
  ]);
  expect(simulator.counts().delete).toBeLessThan(3);
});
