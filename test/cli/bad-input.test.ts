import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csv } from "@caselink/test-support";
import { openCliHarness, type CliHarness } from "@caselink/test-support/cli";

let stage: CliHarness;
beforeAll(async () => {
  stage = await openCliHarness();
  await stage.write("tickets.csv", csv("T1,R1,g"));
  await mkdir(join(stage.folder, "data"));
});
afterAll(() => stage[Symbol.asyncDispose]());

const long = (length: number): string => "x".repeat(length);

describe("an error in the input is reported with its place, and nothing is sent", () => {
  test.for<[what: string, content: string, messages: string[]]>([
    ["a row without a ticket", csv("T1,R1,g", ",R1,g"), ["line 3", "case_id", '""', "missing"]],
    ["a row without a related ticket", csv("T1,,g"), ["line 2", "related_id", '""', "missing"]],
    ["a row without a group", csv("T1,R1,"), ["line 2", "group_id", "missing", "--group-id"]],
    ["a ticket id that is too long", csv(`${long(65)},R1,g`), ["line 2", "case_id", "65 characters", "64"]],
    ["a related id that is too long", csv(`T1,${long(33)},g`), ["line 2", "related_id", "33 characters", "32"]],
    ["a group that is too long", csv(`T1,R1,${long(65)}`), ["line 2", "group_id", "65 characters", "64"]],
    ["a control character", csv("T1,R\u00071,g"), ["line 2", "related_id", "control character"]],
    ["a ticket associated with itself", csv("T1,T1,g"), ["line 2", "related_id", '"T1"', "itself"]],
    ["a second group of a ticket", csv("T1,R1,g", "T1,R2,h"), ["line 3", "group_id", '"h"', "line 2"]],
    ["a number that a spreadsheet shortened", csv("T1,2.02601E+13,g"), ["line 2", "related_id", "spreadsheet"]],
  ])("%s", async ([, content, messages]) => {
    await stage.write("invalid.csv", content);
    const { status, stdout, stderr } = await stage.run(["run", "invalid.csv"]);
    expect([status, stdout]).toEqual([2, ""]);
    for (const text of ["invalid.csv", ...messages, "Nothing was sent"]) expect(stderr).toContain(text);
    const planned = await stage.run(["plan", "invalid.csv", "--json"]);
    expect([planned.status, planned.last()["event"], planned.last()["invalid"]]).toEqual([2, "plan", 1]);
    const fault = planned.lines().find(({ event }) => event === "fault");
    expect(fault).toMatchObject({ file: "invalid.csv", line: expect.any(Number), column: expect.any(String) });
  });

  test.for<[what: string, name: string, content: string, message: string]>([
    ["an empty file", "invalid.csv", "", "invalid.csv is empty"],
    ["a header without rows", "invalid.csv", csv(), "no row"],
    ["a header without a column for the tickets", "invalid.csv", "ticket,related_id\nT1,R1\n", "case_id"],
    ["a file that is not text", "invalid.csv", "case_id,related_id\nT1,\u0000\n", "line 2"],
  ])("%s", async ([, name, content, message]) => {
    await stage.write(name, content);
    const { status, stdout, stderr } = await stage.run(["run", name, "--yes"]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  test("an invalid line of JSON is reported with its number", async () => {
    await stage.write("invalid.jsonl", '{"case_id":"T1","related_id":"R1","group_id":"g"}\n{"case_id":\n');
    const { status, stdout, stderr } = await stage.run(["run", "invalid.jsonl"]);
    expect([status, stdout]).toEqual([2, ""]);
    for (const text of ["invalid.jsonl", "line 2"]) expect(stderr).toContain(text);
  });

  test("of many errors the first twenty are shown, and all are in a rejects file in the format of the input", async () => {
    await stage.write("many.csv", csv(...Array.from({ length: 30 }, (_, at) => `T${at},,g`), "T99,R1,g"));
    const { status, stderr } = await stage.run(["run", "many.csv"]);
    expect(status).toBe(2);
    expect(stderr.match(/line \d+ /g)).toHaveLength(20);
    expect(stderr).toContain("10 more in many.rejects.csv");
    const again = await stage.run(["plan", "many.rejects.csv", "--json"]);
    expect(again.last()).toMatchObject({ rows: 30, invalid: 30 });
  });

  test("the rejects file of inputs of different formats has the extension of its own format", async () => {
    await stage.write("a.csv", csv("T1,,g"));
    await stage.write("b.jsonl", '{"case_id":"T2","related_id":"","group_id":"g"}\n');
    const { status, stderr } = await stage.run(["plan", "a.csv", "b.jsonl"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/a\.csv line 2[^]*b\.jsonl line 1[^]*a\.rejects\.jsonl/);
  });
});

test("--json reports one fault event for each error that makes an input unusable", async () => {
  await stage.write("columns.csv", "x,y,z\n1,2,3\n");
  await stage.write("empty.csv", "");
  const { status, lines, stderr } = await stage.run(["plan", "columns.csv", "empty.csv", "--json"]);
  expect(status).toBe(2);
  expect(lines()).toEqual(
    ["empty.csv", "columns.csv", "columns.csv", "columns.csv"].map((file) =>
      expect.objectContaining({ event: "fault", file, line: 1, reason: expect.any(String) }),
    ),
  );
  expect(stderr).toMatch(/^caselink: empty\.csv is empty[^]*\n {2}columns\.csv has no columns/);
  const missing = await stage.run(["run", "tickts.csv", "tickets.csv", "nope.jsonl", "--json"]);
  expect(missing.status).toBe(2);
  expect(missing.lines()).toMatchObject([
    { event: "fault", file: "tickts.csv", advice: "Did you mean tickets.csv?" },
    { event: "fault", file: "nope.jsonl" },
  ]);
  expect(missing.stderr).toMatch(/no such file: tickts\.csv\.[^]*no such file: nope\.jsonl\./);
});

describe("a missing file is reported, with a similar name if there is one", () => {
  test.for<[args: string[], message: string]>([
    [["tickts.csv"], "no such file: tickts.csv. Did you mean tickets.csv?"],
    [["Tickets.CSV"], "Did you mean tickets.csv?"],
    [["data/../tickts.csv"], "Did you mean tickets.csv?"],
    [["nothing-like-it.parquet"], "no such file: nothing-like-it.parquet.\n"],
    [["nowhere/tickets.csv"], "The folder nowhere does not exist"],
    [["tickets.csv", "tickts.csv"], "Did you mean tickets.csv?"],
    [["data"], "data is a folder"],
  ])("%j", async ([inputs, message]) => {
    const { status, stdout, stderr } = await stage.run(["run", ...inputs]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});

test.for<[args: string[], message: string]>([
  [["run"], "missing required argument 'input'"],
  [["frobnicate"], "unknown command 'frobnicate'"],
  [["run", "tickets.csv", "--detch"], "--detach"],
  [["run", "tickets.csv", "--group-id", ""], "--group-id"],
  [["run", "tickets.csv", "--group-id", "x".repeat(65)], "64"],
  [["run", "tickets.csv", "--map", "nonsense"], "field=Column"],
  [["run", "tickets.csv", "--map", "ticket=case_id"], "case_id, related_id, related_ids and group_id"],
  [["run", "tickets.csv", "--map", "case_id=Nope"], "no column Nope"],
  [["run", "tickets.csv", "--over-limit", "some"], "refuse, fill"],
  [["run", "tickets.csv", "--max-rate", "0"], "number above 0"],
  [["run", "tickets.csv", "--max-rate", "fast"], "number above 0"],
  [["run", "tickets.csv", "--give-up-after", "soon"], "24h"],
  [["run", "tickets.csv", "--give-up-after", "0h"], "above 0"],
  [["run", "tickets.csv", "--read-lag", "2m"], "up to 60s"],
  [["run", "tickets.csv", "--batch", "a/b"], "1 to 64 letters"],
  [["run", "tickets.csv", "--batch", "x".repeat(65)], "1 to 64 letters"],
  [["run", "tickets.csv", "--batch", ".."], "cannot be the id of a batch"],
  [["run", "-"], "--format"],
  [["run", "-", "--format", "xml"], "csv, tsv, jsonl, json"],
  [["run", "-", "-", "--format", "csv"], "only once"],
  [["status"], "missing required argument 'batch'"],
  [["status", "nope"], "no batch nope"],
  [["attach", "nope"], "no batch nope"],
  [["report", "nope"], "no batch nope"],
  [["cancel", "nope"], "no batch nope"],
  [["undo", "nope"], "no batch nope"],
  [["report", "nope", "--format", "xml"], "csv, jsonl"],
  [["simulator", "--port", "x"], "whole number"],
])("a usage error exits with 2: caselink %j", async ([args, message]) => {
  const { status, stdout, stderr } = await stage.run(args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("caselink: ");
  expect(stderr).toContain(message);
});

test.for<[env: NodeJS.ProcessEnv, message: string]>([
  [{ CASELINK_ENDPOINT: undefined }, "CASELINK_ENDPOINT"],
  [{ CASELINK_ENDPOINT: "osm.example.com" }, "CASELINK_ENDPOINT is not a plain http or https URL"],
  [{ CASELINK_ENDPOINT: "ftp://osm.example.com" }, "CASELINK_ENDPOINT is not a plain http or https URL"],
  [{ CASELINK_ENDPOINT: undefined, CASELINK_SITE: "mars" }, "cn, intl or eu"],
  [{ CASELINK_SITE: "1" }, 'CASELINK_SITE in the environment is "1", which is no site: set it to cn, intl or eu'],
  [{ CASELINK_TOKEN: undefined }, "CASELINK_TOKEN"],
  [{ CASELINK_IN_FLIGHT: "0.5" }, 'CASELINK_IN_FLIGHT is "0.5"; it takes a whole number above 0'],
  [{ CASELINK_TOKEN: undefined, CASELINK_IAM_USER: "demo" }, "CASELINK_IAM_PASSWORD is not set"],
  [
    { CASELINK_TOKEN: undefined, CASELINK_IAM_USER: "demo", CASELINK_IAM_PASSWORD: "p" },
    "CASELINK_IAM_DOMAIN is not set",
  ],
  [{ CASELINK_TOKEN: undefined, HUAWEICLOUD_SDK_AK: "K" }, "HUAWEICLOUD_SDK_SK is not set"],
  [{ CASELINK_TOKEN: undefined, HUAWEICLOUD_SDK_CREDENTIALS_FILE: "nope.ini" }, "or write nope.ini"],
  [
    {
      CASELINK_TOKEN: undefined,
      CASELINK_IAM_USER: "demo",
      CASELINK_IAM_PASSWORD: "p",
      CASELINK_IAM_DOMAIN: "demo",
      CASELINK_IAM_ENDPOINT: "iam.example.com",
    },
    "CASELINK_IAM_ENDPOINT is not a base URL",
  ],
  [{ CASELINK_LEDGER: "gopher://ledger" }, "gopher://ledger"],
  [{ TEMPORAL_ADDRESS: "127.0.0.1:1", CASELINK_LEDGER: undefined }, "CASELINK_LEDGER"],
])("a wrong or incomplete configuration exits with 2: %j", async ([env, message]) => {
  const { status, stdout, stderr } = await stage.run(["run", "tickets.csv"], { env });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
});

test("simulator exits with 2 if its configuration file does not exist", async () => {
  const { status, stderr } = await stage.run(["simulator", "--config", "nope.json"]);
  expect(status).toBe(2);
  expect(stderr).toContain("nope.json");
});

test("run exits with 1 if the cluster does not respond, and prints how to continue the batch", async () => {
  const env = { TEMPORAL_ADDRESS: "127.0.0.1:1" };
  const { status, stdout, stderr } = await stage.run(["run", "tickets.csv", "--batch", "lonely"], { env });
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/127\.0\.0\.1:1 cannot be reached[^]*TEMPORAL_ADDRESS[^]*caselink attach lonely/);
});

test("no usage, configuration or input error sends a request", () => {
  expect(stage.simulator.journal()).toEqual([]);
});
