// The command on object storage that lacks a part of S3, or that something else responds for.
import { expect, inject, test } from "vitest";
import { csv, NO_VIOLATIONS, rowsOf } from "@caselink/test-support";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";
import { startIncompleteStorage, type Gaps } from "./start-incomplete-storage.ts";
import { BUCKET } from "./start-object-storage.ts";

const LOCATION = `s3://${BUCKET}/team`;

async function open(gaps: Gaps) {
  const storage = await startIncompleteStorage(gaps);
  const cli = await openProcessHarness(
    {},
    { ...storage.env, CASELINK_LEDGER: LOCATION, CASELINK_TEMPORAL_CLI: inject("temporalCli") },
  );
  return {
    storage,
    cli,
    async [Symbol.asyncDispose]() {
      await cli[Symbol.asyncDispose]();
      await storage[Symbol.asyncDispose]();
    },
  };
}

const ledgerLines = async (cli: CliHarness): Promise<[status: number | null, lines: string]> => {
  const { status, stdout } = await cli.run(["doctor"]);
  return [
    status,
    stdout
      .split("\n")
      .filter((line) => /^\w+ +ledger |^ {20}/.test(line))
      .join("\n"),
  ];
};

test("doctor distinguishes rejected addresses from missing permissions, and shows the first failure", async () => {
  await using stage = await open({ addresses: "VirtualHostDomainRequired" });
  const { storage, cli } = stage;
  const [status, addresses] = await ledgerLines(cli);
  expect([status, addresses]).toEqual([
    2,
    expect.stringContaining(`begin with the bucket, such as ${BUCKET}.127.0.0.1`),
  ]);
  expect(addresses).not.toMatch(/permission/);
  storage.gaps = { addresses: "NoSuchKey" };
  expect((await ledgerLines(cli))[1]).toContain("begin with the bucket");
  storage.gaps = { denied: ["PUT", "DELETE"] };
  const [, permissions] = await ledgerLines(cli);
  expect(permissions).toMatch(/probe cannot be written: the keys have no permission/);
  storage.gaps = { page: { methods: ["GET", "PUT", "DELETE", "HEAD"], status: 200 } };
  expect((await ledgerLines(cli))[1]).toMatch(/is not object storage \(a web page with status 200\)/);
});

test("a run on a network with a login page ends with status 2 and sends nothing, and a list is no empty one", async () => {
  await using stage = await open({ page: { methods: ["GET", "PUT", "DELETE", "HEAD"], status: 200 } });
  const { cli } = stage;
  await cli.write("in.csv", csv("T1,r1,g"));
  for (const command of [["run", "in.csv"], ["list"], ["report", "b1"]]) {
    const { status, stdout, stderr } = await cli.run(command);
    expect([status, stdout, stderr]).toEqual([2, "", expect.stringContaining("is not object storage")]);
  }
  expect(cli.simulator.counts().create).toBe(0);
});

test("the first run on storage without conditions and with first-version lists says what is missing, and does its rows", async () => {
  await using stage = await open({ conditions: "rejected", lists: 1, listed: 5 });
  const { storage, cli } = stage;
  const input = await cli.write("in.csv", csv(...rowsOf(30)));
  const run = await cli.run(["run", input, "--batch", "b1", "--json"]);
  expect([run.status, run.last()["created"]]).toEqual([0, 30]);
  expect(run.stderr).toContain("no conditional writes (If-None-Match)");
  const again = await cli.run(["run", input, "--batch", "b1", "--json"]);
  expect([again.status, again.stderr]).toEqual([0, expect.not.stringContaining("If-None-Match")]);
  const [status, lines] = await ledgerLines(cli);
  expect([status, lines]).toEqual([0, expect.stringMatching(/warning +ledger +the storage has no conditional writes/)]);
  expect(lines).toContain("lists continue after the last key");
  expect(cli.simulator.violations()).toEqual(NO_VIOLATIONS);
  expect((await cli.run(["forget", "b1", "--yes"])).status).toBe(0);
  expect([...storage.objects.keys()].filter((key) => key.startsWith("team/batches/"))).toEqual([]);
});
