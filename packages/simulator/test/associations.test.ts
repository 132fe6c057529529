import { expect, test } from "vitest";
import { startSimulator } from "../src/index.ts";
import { createCaller, listedIds, pathOf } from "./create-caller.ts";

const PARAMETER_REJECTION = { error_code: "OSM.01010001", error_msg: "Param validation fail." };
const NOT_FOUND = { error_code: "OSM.01010015", error_msg: "This case does not exist." };
const FORBIDDEN = { error_code: "OSM.01010002", error_msg: "No operation permission." };
const LIMIT = { error_code: "OSM.01010043", error_msg: "The same caseId relations should not be over 3." };

test("a create at the document's path makes associations, and a list shows them [create.function] [create.uri]", async () => {
  await using simulator = await startSimulator();
  const { send, list } = createCaller(simulator);

  const created = await send("POST", "/v2/servicerequest/cases/case-123/relations", {
    related_id_list: ["123456"],
    group_id: "123456",
  });

  expect(created.status).toBe(200);
  const listed = await list("case-123");
  expect(listed.status).toBe(200);
  expect(listed.body).toEqual({
    case_relation_list: [
      { case_id: "123456", simple_description: "Service ticket 123456", user_name: expect.any(String) },
    ],
  });
  expect(simulator.tickets()).toEqual(new Map([["case-123", ["123456"]]]));
});

test("a create adds to the ticket's associations, and a ticket without any has an empty list", async () => {
  await using simulator = await startSimulator();
  const { create, list } = createCaller(simulator);

  await create("T1", ["A", "B"]);
  await create("T1", ["C"]);

  expect(listedIds(await list("T1"))).toEqual(["A", "B", "C"]);
  expect((await list("T2")).body).toEqual({ case_relation_list: [] });
});

test("an association has one direction: the related ticket does not list it", async () => {
  await using simulator = await startSimulator();
  const { create, list } = createCaller(simulator);
  await create("T1", ["T2"]);
  expect(listedIds(await list("T2"))).toEqual([]);
});

test("a fourth association is rejected with HTTP 200, and the three stay [create.at-most-three] [create.status-200]", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A", "B", "C"] } });
  const { create } = createCaller(simulator);

  const rejected = await create("T1", ["D"]);

  expect(rejected.status).toBe(200);
  expect(rejected.body).toEqual(LIMIT);
  expect(simulator.tickets().get("T1")).toEqual(["A", "B", "C"]);
});

test("a rejected create with several ids writes none of them", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A", "B"] } });
  const { create } = createCaller(simulator);
  expect((await create("T1", ["C", "D"])).body).toEqual(LIMIT);
  expect(simulator.tickets().get("T1")).toEqual(["A", "B"]);
});

test("a create that is not atomic keeps the ids before the rejected one", async () => {
  await using simulator = await startSimulator({ atomic: false, tickets: { T1: ["A", "B"] } });
  const { create } = createCaller(simulator);

  expect((await create("T1", ["C", "D"])).body).toEqual(LIMIT);

  expect(simulator.tickets().get("T1")).toEqual(["A", "B", "C"]);
  expect(simulator.journal()).toMatchObject([{ code: "OSM.01010043", applied: true, written: ["C"] }]);
});

test("without an enforced limit a ticket gets a fourth association, and that is a violation", async () => {
  await using simulator = await startSimulator({ limitEnforced: false, tickets: { T1: ["A", "B", "C"] } });
  const { create, list } = createCaller(simulator);

  expect((await create("T1", ["D"])).body).toEqual({});

  expect(listedIds(await list("T1"))).toEqual(["A", "B", "C", "D"]);
  expect(simulator.violations()).toMatchObject({
    overLimitAsked: [{ n: 1, ticket: "T1", relatedIds: ["D"] }],
    overLimitStored: [{ n: 1, ticket: "T1", relatedIds: ["D"] }],
    responseViolations: [],
  });
});

test('with the semantics "replace", a create removes the associations that it does not name', async () => {
  await using simulator = await startSimulator({ semantics: "replace", tickets: { T1: ["A", "B", "C"] } });
  const { create } = createCaller(simulator);

  expect((await create("T1", ["C", "D"])).body).toEqual({});

  expect(simulator.tickets().get("T1")).toEqual(["C", "D"]);
  expect(simulator.journal()).toMatchObject([{ written: ["D"], removed: ["A", "B"] }]);
});

test("creating an existing association succeeds, or fails with its own code if so configured", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A"] } });
  const { create } = createCaller(simulator);
  expect((await create("T1", ["A"])).body).toEqual({});

  simulator.configure({ duplicate: "error" });
  const rejected = await create("T1", ["A"]);

  expect(rejected.status).toBe(200);
  expect(rejected.body).toMatchObject({ error_code: "OSM.01010045" });
  expect(simulator.tickets().get("T1")).toEqual(["A"]);
});

test("associating a ticket with itself is rejected", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  expect((await create("T1", ["T1"])).body).toEqual({
    error_code: "OSM.01010044",
    error_msg: "The case can not bind itself.",
  });
});

test("an unknown ticket does not exist, neither as a ticket nor as a related ticket [create.error-codes]", async () => {
  await using simulator = await startSimulator({ unknownTickets: "^NOPE", tickets: { T1: ["A"] } });
  const { create, list, remove } = createCaller(simulator);

  for (const reply of [
    await create("NOPE-1", ["A"]),
    await create("T1", ["NOPE-1"]),
    await list("NOPE-1"),
    await remove("NOPE-1", "A"),
  ]) {
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(NOT_FOUND);
  }
  expect(simulator.tickets()).toEqual(new Map([["T1", ["A"]]]));
});

test("forbidden tickets can be configured as a list", async () => {
  await using simulator = await startSimulator({ forbiddenTickets: ["SECRET"] });
  const { create, list } = createCaller(simulator);
  expect((await create("SECRET", ["A"])).body).toEqual(FORBIDDEN);
  expect((await create("T1", ["SECRET"])).body).toEqual(FORBIDDEN);
  expect((await list("SECRET")).body).toEqual(FORBIDDEN);
  expect((await create("SECRETLY", ["A"])).body).toEqual({});
});

test("a delete removes one association, and is rejected if there is none", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A", "B"] } });
  const { remove } = createCaller(simulator);

  expect((await remove("T1", "A")).body).toEqual({});

  expect(simulator.tickets().get("T1")).toEqual(["B"]);
  expect((await remove("T1", "A")).body).toEqual(NOT_FOUND);
});

test.for([
  ["empty-object", "{}"],
  ["empty-fields", '{"error_code":"","error_msg":""}'],
  ["no-body", ""],
] as const)(
  "a successful write gets the configured response: %s [create.response-example]",
  async ([success, text]) => {
    await using simulator = await startSimulator({ success });
    const { create, remove } = createCaller(simulator);
    const created = await create("T1", ["A"]);
    expect([created.status, created.text]).toEqual([200, text]);
    expect((await remove("T1", "A")).text).toBe(text);
  },
);

test.for([
  {},
  [],
  { group_id: "G1" },
  { related_id_list: ["A"] },
  { related_id_list: "123456", group_id: "123456" },
  { related_id_list: [], group_id: "G1" },
  { related_id_list: ["A", "B", "C", "D"], group_id: "G1" },
  { related_id_list: [1], group_id: "G1" },
  { related_id_list: [""], group_id: "G1" },
  { related_id_list: ["A"], group_id: "" },
])(
  "a create with the body %j is rejected [create.related-ids-at-most-three] [create.related-ids-mandatory] [create.group-id-mandatory]",
  async (body) => {
    await using simulator = await startSimulator();
    const rejected = await createCaller(simulator).send("POST", pathOf("T1"), body);
    expect([rejected.status, rejected.body]).toEqual([200, PARAMETER_REJECTION]);
    expect(simulator.tickets()).toEqual(new Map());
  },
);

test("a delete without a related id is rejected", async () => {
  await using simulator = await startSimulator();
  const rejected = await createCaller(simulator).send("DELETE", pathOf("T1"), { group_id: "G1" });
  expect([rejected.status, rejected.body]).toEqual([200, PARAMETER_REJECTION]);
});

test("ids up to the document's lengths are accepted and longer ones rejected [create.case-id-length] [create.related-id-length] [create.group-id-length]", async () => {
  await using simulator = await startSimulator();
  const { send } = createCaller(simulator);
  const post = (ticket: number, related: number, group: number) =>
    send("POST", pathOf("t".repeat(ticket)), {
      related_id_list: ["r".repeat(related)],
      group_id: "g".repeat(group),
    });

  expect((await post(64, 32, 64)).body).toEqual({});
  expect((await post(1, 1, 1)).body).toEqual({});
  expect((await post(65, 32, 64)).body).toEqual(PARAMETER_REJECTION);
  expect((await post(64, 33, 64)).body).toEqual(PARAMETER_REJECTION);
  expect((await post(64, 32, 65)).body).toEqual(PARAMETER_REJECTION);
});

test("language and time zone are optional and at most 32 characters long [create.language-length] [create.time-zone-length]", async () => {
  await using simulator = await startSimulator();
  const { list } = createCaller(simulator);
  const withHeader = async (name: string, length: number) =>
    (await list("T1", { headers: { [name]: "x".repeat(length) } })).body;

  for (const name of ["x-language", "x-time-zone"]) {
    expect(await withHeader(name, 32)).toEqual({ case_relation_list: [] });
    expect(await withHeader(name, 33)).toEqual(PARAMETER_REJECTION);
  }
});

test("the site is optional, 0 or 1, and the journal has it", async () => {
  await using simulator = await startSimulator();
  const { list } = createCaller(simulator);
  const withSite = async (site: string) => (await list("T1", { headers: { "x-site": site } })).body;

  await list("T1");
  expect(await withSite("0")).toEqual({ case_relation_list: [] });
  expect(await withSite("1")).toEqual({ case_relation_list: [] });
  expect(await withSite("2")).toEqual(PARAMETER_REJECTION);
  expect(await withSite("intl")).toEqual(PARAMETER_REJECTION);
  expect(simulator.journal().map(({ site }) => site)).toEqual([undefined, "0", "1", "2", "intl"]);
});

test("a body that is not JSON, or no body, is rejected with 400 OSM.0001", async () => {
  await using simulator = await startSimulator();
  const { send } = createCaller(simulator);
  for (const body of ["{", undefined]) {
    const rejected = await send("POST", pathOf("T1"), body);
    expect([rejected.status, rejected.body]).toEqual([400, { error_code: "OSM.0001", error_msg: "Failed" }]);
  }
});

test("a ticket id may contain any characters", async () => {
  await using simulator = await startSimulator();
  const { create, list } = createCaller(simulator);
  await create("工单/1 %?#", ["相关"]);
  expect(listedIds(await list("工单/1 %?#"))).toEqual(["相关"]);
});

test("a path that the API does not have gets the gateway's response", async () => {
  await using simulator = await startSimulator();
  const { send } = createCaller(simulator);
  for (const [method, path] of [
    ["GET", "/v2/servicerequest/cases"],
    ["PUT", pathOf("T1")],
    ["HEAD", pathOf("T1")],
  ] as const) {
    expect((await send(method, path)).status).toBe(404);
  }
  expect(simulator.counts()).toMatchObject({ unknown: 3, byCode: { "APIGW.0101": 3 } });
  expect(simulator.journal()[1]).toMatchObject({ operation: "unknown", path: `PUT ${pathOf("T1")}` });
});

test("a list shows a write only after the configured lag", async () => {
  let nowMs = 1_000_000;
  await using simulator = await startSimulator({ readLagMs: 500, tickets: { T1: ["A"] } }, { now: () => nowMs });
  const { create, remove, list } = createCaller(simulator);

  await create("T1", ["B"]);
  expect(listedIds(await list("T1"))).toEqual(["A"]);
  nowMs += 499;
  await remove("T1", "A");
  expect(listedIds(await list("T1"))).toEqual(["A"]);
  nowMs += 1;
  expect(listedIds(await list("T1"))).toEqual(["A", "B"]);
  nowMs += 499;
  expect(listedIds(await list("T1"))).toEqual(["B"]);
});
