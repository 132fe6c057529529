import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../../packages/ledger/src/index.ts";
import { csv } from "@caselink/test-support";
import { openCliHarness } from "@caselink/test-support/cli";

const hub = (name: string, times: number): string[] =>
  Array.from({ length: times }, (_, at) => `${name}-${at},${name},g`);

test("plan lists the first related tickets of more than three rows, as long as symmetry is not known", async () => {
  await using stage = await openCliHarness();
  const rows = Array.from({ length: 30 }, (_, at) => hub(`HUB${at}`, 4)).flat();
  await stage.write("hubs.csv", csv(...rows));
  const people = await stage.run(["plan", "hubs.csv"]);
  expect([people.status, people.stderr]).toEqual([0, ""]);
  expect(people.stdout).toContain("\n  30 related tickets are named by more than three rows:\n");
  expect(people.stdout).toMatch(/\n {4}HUB0 {2}lines 2, 3, 4, 5 +4 rows\n/);
  expect(people.stdout).toMatch(/\n {4}\.\.\. 25 more\n/);
  expect(people.stdout).toContain("caselink doctor --probe TICKET OTHER --group-id GROUP");
  expect(people.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);

  const programs = await stage.run(["plan", "hubs.csv", "--json"]);
  const notices = programs.lines().filter(({ event }) => event === "notice");
  expect(notices).toMatchObject([{ file: "hubs.csv", line: 2, column: "related_id", related_tickets: 30 }]);
  expect(notices[0]?.["first"]).toHaveLength(20);

  await stage.write("few.csv", csv(...hub("HUB", 3)));
  expect((await stage.run(["plan", "few.csv"])).stdout).not.toContain("Warning");
});

test("plan counts both tickets of a row if the ledger has it that the named API is symmetric", async () => {
  await using stage = await openCliHarness();
  await stage.write("in.csv", csv(...hub("HUB", 4), "HUB-0,R,g", "R,HUB-0,g"));
  const endpoint = stage.simulator.url;
  await openLedger(stage.ledger).recordApiFacts(endpoint, { symmetric: { value: true, evidence: "observed" } });
  const { stdout } = await stage.run(["plan", "in.csv"]);
  expect(stdout).toMatch(/\nAPI {6}an association counts on both tickets \(\d{4}-\d\d-\d\d\)\n/);
  expect(stdout).toMatch(/\n {2}HUB {2}lines 2, 3, 4, 5 {2}4 requested, 3 allowed\n/);
  expect(stdout).not.toContain("Warning");
  const filled = await stage.run(["plan", "in.csv", "--over-limit", "fill", "--json"]);
  expect(filled.last()).toMatchObject({ to_send: 4, limit_reached: 1, duplicate: 1, tickets_to_send: 3 });
  const elsewhere = { CASELINK_ENDPOINT: "http://127.0.0.1:1" };
  expect((await stage.run(["plan", "in.csv", "--json"], { env: elsewhere })).last()).toMatchObject({ to_send: 6 });
  const unnamed = { CASELINK_ENDPOINT: undefined };
  expect((await stage.run(["plan", "in.csv", "--json"], { env: unnamed })).last()).toMatchObject({ to_send: 6 });
});

test("plan --check predicts rows of a full related ticket as over limit if the API is symmetric", async () => {
  await using stage = await openCliHarness({ symmetric: true, tickets: { HUB: ["X", "Y", "Z"] } });
  await stage.write("in.csv", csv("A,HUB,g", "A,R,g", "X,HUB,g"));
  const check = ["plan", "in.csv", "--check", "--json", "--out", "out.jsonl"];
  const outcomes = async () => {
    const { last } = await stage.run(check);
    const { created, already_associated, limit_reached } = last();
    return { created, already_associated, limit_reached };
  };
  expect(await outcomes()).toEqual({ created: 2, already_associated: 1, limit_reached: 0 });
  const endpoint = stage.simulator.url;
  await openLedger(stage.ledger).recordApiFacts(endpoint, { symmetric: { value: true, evidence: "observed" } });
  expect(await outcomes()).toEqual({ created: 1, already_associated: 1, limit_reached: 1 });
  const rows = (await readFile(join(stage.folder, "out.jsonl"), "utf8")).split("\n").filter(Boolean);
  expect(rows.map((row) => JSON.parse(row) as object)[0]).toMatchObject({
    case_id: "A",
    related_id: "HUB",
    outcome: "limit_reached",
    error_message: "the related ticket HUB has no room for it: at most three associations",
  });
});
