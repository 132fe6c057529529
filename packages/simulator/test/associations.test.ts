import { expect, test } from "vitest";
import { startSimulator } from "../src/index.ts";
import { createCaller, listedIds, pathOf } from "./create-caller.ts";

const PARAMETER_REFUSAL = { error_code: "OSM.01010001", error_msg: "Param validation fail." };
const NOT_FOUND = { error_code: "OSM.01010015", error_msg: "This case does not exist." };
const FORBIDDEN = { error_code: "OSM.01010002", error_msg: "No operation permission." };
const LIMIT = { error_code: "OSM.01010043", error_msg: "The same caseId relations should not be over 3." };

test("creates associations at the document's address and shows them in the list [create.function] [create.uri]", async () => {
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

test("adds to what a ticket has, and lists nothing for a ticket without associations", async () => {
  await using simulator = await startSimulator();
  const { create, list } = createCaller(simulator);

  await create("T1", ["A", "B"]);
  await create("T1", ["C"]);

  expect(listedIds(await list("T1"))).toEqual(["A", "B", "C"]);
  expect((await list("T2")).body).toEqual({ case_relation_list: [] });
});

test("associations have one direction: what is written for a ticket does not show for the related one", async () => {
  await using simulator = await startSimulator();
  const { create, list } = createCaller(simulator);
  await create("T1", ["T2"]);
  expect(listedIds(await list("T2"))).toEqual([]);
});

test("refuses a fourth association with HTTP 200 and keeps the three [create.at-most-three] [create.status-200]", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A", "B", "C"] } });
  const { create } = createCaller(simulator);

  const refused = await create("T1", ["D"]);

  expect(refused.status).toBe(200);
  expect(refused.body).toEqual(LIMIT);
  expect(simulator.tickets().get("T1")).toEqual(["A", "B", "C"]);
});

test("a refused create with several ids writes none of them", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A", "B"] } });
  const { create } = createCaller(simulator);
  expect((await create("T1", ["C", "D"])).body).toEqual(LIMIT);
  expect(simulator.tickets().get("T1")).toEqual(["A", "B"]);
});

test("a create that is not atomic keeps the ids that stand before the refused one", async () => {
  await using simulator = await startSimulator({ atomic: false, tickets: { T1: ["A", "B"] } });
  const { create } = createCaller(simulator);

  expect((await create("T1", ["C", "D"])).body).toEqual(LIMIT);

  expect(simulator.tickets().get("T1")).toEqual(["A", "B", "C"]);
  expect(simulator.journal()).toMatchObject([{ code: "OSM.01010043", applied: true, written: ["C"] }]);
});

test("without an enforced limit a ticket gets its fourth association, and that is noted", async () => {
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

test("with the semantics of replacing, a create drops what it does not name", async () => {
  await using simulator = await startSimulator({ semantics: "replace", tickets: { T1: ["A", "B", "C"] } });
  const { create } = createCaller(simulator);

  expect((await create("T1", ["C", "D"])).body).toEqual({});

  expect(simulator.tickets().get("T1")).toEqual(["C", "D"]);
  expect(simulator.journal()).toMatchObject([{ written: ["D"], removed: ["A", "B"] }]);
});

test("creating an existing association succeeds, or answers a code of its own where so configured", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A"] } });
  const { create } = createCaller(simulator);
  expect((await create("T1", ["A"])).body).toEqual({});

  simulator.configure({ duplicate: "error" });
  const refused = await create("T1", ["A"]);

  expect(refused.status).toBe(200);
  expect(refused.body).toMatchObject({ error_code: "OSM.01010045" });
  expect(simulator.tickets().get("T1")).toEqual(["A"]);
});

test("refuses to associate a ticket with itself", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  expect((await create("T1", ["T1"])).body).toEqual({
    error_code: "OSM.01010044",
    error_msg: "The case can not bind itself.",
  });
});

test("unknown tickets do not exist, neither as ticket nor as related ticket [create.error-codes]", async () => {
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

test("forbidden tickets can be named one by one", async () => {
  await using simulator = await startSimulator({ forbiddenTickets: ["SECRET"] });
  const { create, list } = createCaller(simulator);
  expect((await create("SECRET", ["A"])).body).toEqual(FORBIDDEN);
  expect((await create("T1", ["SECRET"])).body).toEqual(FORBIDDEN);
  expect((await list("SECRET")).body).toEqual(FORBIDDEN);
  expect((await create("SECRETLY", ["A"])).body).toEqual({});
});

test("deletes one association, and says so when there is none", async () => {
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
] as const)("a successful write answers as configured: %s [create.response-example]", async ([success, text]) => {
  await using simulator = await startSimulator({ success });
  const { create, remove } = createCaller(simulator);
  const created = await create("T1", ["A"]);
  expect([created.status, created.text]).toEqual([200, text]);
  expect((await remove("T1", "A")).text).toBe(text);
});

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
  "refuses to create from %j [create.related-ids-at-most-three] [create.related-ids-mandatory] [create.group-id-mandatory]",
  async (body) => {
    await using simulator = await startSimulator();
    const refused = await createCaller(simulator).send("POST", pathOf("T1"), body);
    expect([refused.status, refused.body]).toEqual([200, PARAMETER_REFUSAL]);
    expect(simulator.tickets()).toEqual(new Map());
  },
);

test("refuses to delete without a related id", async () => {
  await using simulator = await startSimulator();
  const refused = await createCaller(simulator).send("DELETE", pathOf("T1"), { group_id: "G1" });
  expect([refused.status, refused.body]).toEqual([200, PARAMETER_REFUSAL]);
});

test("takes ids up to the document's lengths and refuses longer ones [create.case-id-length] [create.related-id-length] [create.group-id-length]", async () => {
  await using simulator = await startSimulator();
  const { send } = createCaller(simulator);
  const post = (ticket: number, related: number, group: number) =>
    send("POST", pathOf("t".repeat(ticket)), {
      related_id_list: ["r".repeat(related)],
      group_id: "g".repeat(group),
    });

  expect((await post(64, 32, 64)).body).toEqual({});
  expect((await post(1, 1, 1)).body).toEqual({});
  expect((await post(65, 32, 64)).body).toEqual(PARAMETER_REFUSAL);
  expect((await post(64, 33, 64)).body).toEqual(PARAMETER_REFUSAL);
  expect((await post(64, 32, 65)).body).toEqual(PARAMETER_REFUSAL);
});

test("language and time zone are optional and at most 32 characters long [create.language-length] [create.time-zone-length]", async () => {
  await using simulator = await startSimulator();
  const { list } = createCaller(simulator);
  const withHeader = async (name: string, length: number) =>
    (await list("T1", { headers: { [name]: "x".repeat(length) } })).body;

  for (const name of ["x-language", "x-time-zone"]) {
    expect(await withHeader(name, 32)).toEqual({ case_relation_list: [] });
    expect(await withHeader(name, 33)).toEqual(PARAMETER_REFUSAL);
  }
});

test("answers 400 OSM.0001 to a body that is not JSON, and to none", async () => {
  await using simulator = await startSimulator();
  const { send } = createCaller(simulator);
  for (const body of ["{", undefined]) {
    const refused = await send("POST", pathOf("T1"), body);
    expect([refused.status, refused.body]).toEqual([400, { error_code: "OSM.0001", error_msg: "Failed" }]);
  }
});

test("takes tickets with any characters in their names", async () => {
  await using simulator = await startSimulator();
  const { create, list } = createCaller(simulator);
  await create("工单/1 %?#", ["相关"]);
  expect(listedIds(await list("工单/1 %?#"))).toEqual(["相关"]);
});

test("answers as the gateway does where the API has nothing", async () => {
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
