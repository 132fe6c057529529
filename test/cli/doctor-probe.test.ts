import { expect, inject, test } from "vitest";
import { openCliHarness, openProcessHarness, type CommandResult } from "@caselink/test-support/cli";
import { openLedger } from "../../packages/ledger/src/index.ts";

const PROBE = ["doctor", "--probe", "T", "O", "--group-id", "g"];
const TICKETS = { T: ["X"], O: ["Y"] };

const textOf = ({ stdout, stderr }: CommandResult): string => stdout + stderr;

test("a probe prints its facts, stores them in the ledger, and doctor and plan show them", async () => {
  await using stage = await openCliHarness({ symmetric: true, duplicate: "error", tickets: TICKETS });
  const before = stage.simulator.tickets();
  const { status, stdout, stderr } = await stage.run([...PROBE, "--yes"]);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^The probe associates T with O, and removes the association again\./);
  expect(stdout.replaceAll(/\d{4}-\d\d-\d\d/g, "DAY")).toBe(
    [
      `Probe of ${stage.simulator.url} with T and O`,
      "  an association counts on both tickets (DAY)",
      "  a repeated create gets OSM.01010045 (DAY)",
      "  a write shows in reads immediately (DAY)",
      "  not known: whether a rejected call with several ids creates some of them",
      "",
      "Both tickets are as before.",
      "",
    ].join("\n"),
  );
  expect(
    textOf({ stdout, stderr } as CommandResult)
      .split("\n")
      .filter((line) => line.length > 80),
  ).toEqual([]);
  expect(stage.simulator.tickets()).toEqual(before);
  const profile = await openLedger(stage.ledger).apiProfile(stage.simulator.url);
  expect(profile?.facts).toMatchObject({ symmetric: { value: true }, repeated_create: { value: "OSM.01010045" } });
  expect(JSON.stringify(profile)).not.toContain("demo-token");

  const env = { CASELINK_TEMPORAL_CLI: inject("temporalCli") };
  const doctor = await stage.run(["doctor"], { env });
  expect(doctor.stdout).toMatch(/^ok +behaviour +an association counts on both tickets \(/m);
  expect(doctor.stdout).toMatch(/^ok +behaviour +a write shows in reads immediately \(/m);
});

test("a probe as JSON ends with its facts and what is left", async () => {
  await using stage = await openCliHarness({ symmetric: true });
  const { status, last } = await stage.run([...PROBE, "--yes", "--json"]);
  expect(status).toBe(0);
  expect(last()).toMatchObject({
    event: "probe",
    ticket: "T",
    other: "O",
    facts: { symmetric: { value: true }, repeated_create: { value: "success" }, read_lag_ms: { value: 0 } },
    left: [],
    status: 0,
  });
});

test("a probe without a terminal and without --yes, or with unusable options, sends nothing and says what to do", async () => {
  await using stage = await openCliHarness();
  for (const [args, message] of [
    [PROBE, /nothing was sent: add --yes/],
    [["doctor", "--probe", "T", "O", "--yes"], /needs the group of the tickets: add --group-id/],
    [["doctor", "--probe", "T", "--group-id", "g", "--yes"], /--probe takes two tickets/],
    [["doctor", "--probe", "T", "O", "P", "--group-id", "g", "--yes"], /--probe takes two tickets/],
    [["doctor", "--probe", "T", "T", "--group-id", "g", "--yes"], /two different tickets, not T twice/],
    [["doctor", "--probe", "T", "x".repeat(33), "--group-id", "g", "--yes"], /OTHER must have 1 to 32 characters/],
  ] as const) {
    const ended = await stage.run(args);
    expect([args, ended.status]).toEqual([args, 2]);
    expect(ended.stderr).toMatch(message);
  }
  expect(stage.simulator.counts().requests).toBe(0);
});

test("a probe of tickets that are associated or full ends before it writes", async () => {
  await using stage = await openCliHarness({ tickets: { T: ["a", "b", "c"], A: ["B"] } });
  const full = await stage.run([...PROBE, "--yes"]);
  expect([full.status, full.stderr]).toEqual([2, expect.stringMatching(/T has 3 associations/)]);
  const associated = await stage.run(["doctor", "--probe", "B", "A", "--group-id", "g", "--yes"]);
  expect([associated.status, associated.stderr]).toEqual([2, expect.stringMatching(/B and A are associated already/)]);
  expect(stage.simulator.counts().create).toBe(0);
});

test("a probe of a forbidden ticket explains the roles, and so does the help of doctor", async () => {
  await using stage = await openCliHarness({ forbiddenTickets: ["O"] });
  const { status, stderr } = await stage.run([...PROBE, "--yes"]);
  expect(status).toBe(4);
  expect(stderr.replaceAll(/\s+/g, " ")).toContain(
    "ticket O cannot be read (No operation permission., OSM.01010002). Ticket Group Operator: handles tickets of the same group",
  );
  const help = await stage.run(["doctor", "--help"]);
  expect(help.stdout).toMatch(/Ticket Group Operator {2}handles tickets of the same group/);
  expect(help.stdout).toMatch(/Ticket Administrator {3}creates tickets/);
});

test("a probe that cannot restore the tickets prints the call that does", async () => {
  await using stage = await openCliHarness({ symmetric: true });
  const removes = stage.simulator.waitFor(({ counts }) => counts.create === 1);
  const run = stage.run([...PROBE, "--yes"]);
  await removes;
  // From here on, this token is rejected.
  stage.simulator.configure({ tokens: ["other-token"] });
  const { status, stderr } = await run;
  expect(status).toBe(1);
  expect(stderr).toContain("caselink: T may still be associated with O: ");
  expect(stderr).toContain(
    [
      `  curl -X DELETE ${stage.simulator.url}/v2/servicerequest/cases/T/relations \\`,
      `    -H "X-Auth-Token: $CASELINK_TOKEN" -H 'Content-Type: application/json' \\`,
      `    -d '{"related_id":"O","group_id":"g"}'`,
    ].join("\n"),
  );
});

test("a probe that is interrupted at any request leaves the tickets as they were", async () => {
  for (let at = 1, isInterrupted = true; isInterrupted; at++) {
    await using stage = await openProcessHarness({ symmetric: true, tickets: TICKETS, latencyMs: 20 });
    const before = stage.simulator.tickets();
    const probe = stage.start([...PROBE, "--yes"]);
    const ended = probe.ended.then((result) => result.status);
    const arrived = stage.simulator.waitFor(({ counts }) => counts.requests >= at).then(() => "arrived" as const);
    isInterrupted = (await Promise.race([ended, arrived])) === "arrived";
    if (isInterrupted) probe.child.kill(at % 2 === 0 ? "SIGINT" : "SIGTERM");
    else arrived.catch(() => undefined); // the simulator is closed before
    const status = await ended;
    expect([0, 130], `${at}: ${probe.printed()}`).toContain(status);
    expect([at, stage.simulator.tickets()]).toEqual([at, before]);
  }
});
