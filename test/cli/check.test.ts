import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csv, filesIn, newBatch, rowsOf } from "@caselink/test-support";
import { openCliHarness, openCluster } from "@caselink/test-support/cli";

/** Tickets and related tickets in every state that a check distinguishes. */
const TICKETS = {
  unknownTickets: ["GONE", "r-gone"],
  forbiddenTickets: ["SHUT", "r-shut"],
  tickets: {
    ONE: ["r1"],
    TWO: ["r1", "x"],
    FULL: ["x", "y", "z"],
    SAME: ["r1", "r2", "r3"],
    NEXT: ["x", "y"],
  },
};
const MIXED = csv(
  "NEW,r1,g",
  "NEW,r2,g",
  "NEW,r1,g",
  "NEW,r3,g",
  "ONE,r1,g",
  "ONE,r2,g",
  "ONE,r-gone,g",
  "TWO,r2,g",
  "TWO,r3,g",
  "TWO,r1,g",
  "FULL,r1,g",
  "FULL,x,g",
  "SAME,r1,g",
  "SAME,r2,g",
  "SAME,r3,g",
  "NEXT,r-gone,g",
  "NEXT,r1,g",
  "NEXT,r2,g",
  "GONE,r1,g",
  "GONE,r2,g",
  "SHUT,r1,g",
  "PART,r1,g",
  "PART,r-gone,g",
  "PART,r-shut,g",
  "ALL,r-shut,g",
  "MANY,r1,g",
  "MANY,r2,g",
  "MANY,r3,g",
  "MANY,r4,g",
  "SELF,SELF,g",
  "BAD,,g",
  "MANY,r1,g",
);
const OUTCOMES = [
  "created",
  "already_associated",
  "duplicate",
  "limit_reached",
  "invalid",
  "not_found",
  "forbidden",
] as const;

for (const overLimit of ["refuse", "fill"] as const) {
  test(`the outcomes that plan --check predicts are those of the run, with --over-limit ${overLimit}`, async () => {
    await using stage = await openCluster(TICKETS);
    const { simulator } = stage;
    await stage.write("in.csv", MIXED);
    const args = ["in.csv", "--over-limit", overLimit];
    const check = await stage.run(["plan", ...args, "--check", "--out", "predicted.csv", "--json"]);
    expect([check.status, check.last()]).toMatchObject([2, { event: "plan", checked: true, unknown: 0, unread: 0 }]);
    expect(simulator.counts()).toMatchObject({ create: 0, delete: 0, written: 0 });
    expect(simulator.counts().list).toBe(check.last()["reads"]);

    await stage.startWorker();
    const batch = newBatch("check");
    const run = await stage.run(["run", ...args, "--batch", batch, "--yes", "--json"]);
    expect(run.status).toBe(3);
    for (const outcome of OUTCOMES) expect([outcome, check.last()[outcome]]).toEqual([outcome, run.last()[outcome]]);
    await stage.run(["report", batch, "--out", "done.csv"]);
    const outcomesOf = async (file: string): Promise<string[]> =>
      (await readFile(join(stage.folder, file), "utf8")).split("\n").map((line) => line.split(",").slice(0, 6).join());
    const predicted = await outcomesOf("predicted.csv");
    expect(predicted).toEqual(await outcomesOf("done.csv"));
    expect(new Set(predicted.map((line) => line.split(",")[4])).size).toBe(OUTCOMES.length + 2); // header, last line
  });
}

test("plan --check --skip-related reads no related tickets and says so", async () => {
  await using stage = await openCliHarness(TICKETS);
  await stage.write("in.csv", csv("NEW,r-gone,g", "FULL,r1,g"));
  const whole = await stage.run(["plan", "in.csv", "--check"]);
  expect([whole.status, whole.stdout]).toEqual([0, expect.stringMatching(/ 1 {2}over limit .*\n +1 {2}not found\n/)]);
  expect(whole.stdout).toContain("FULL  has 3, 1 more requested, 3 allowed");
  expect(whole.stderr).toContain("Reading 2 tickets and 2 related tickets: 4 calls");
  const less = await stage.run(["plan", "in.csv", "--check", "--skip-related"]);
  expect(less.stdout).toMatch(/ 1 {2}would be created +1 write\n/);
  expect(less.stdout).toContain("Related tickets were not read");
  expect(less.stdout).toContain("\nNext     caselink run in.csv\n");
  for (const option of [["--out", "x"], ["--skip-related"]]) {
    expect(await stage.run(["plan", "in.csv", ...option])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("add --check"),
    });
  }
});

test("plan --check continues after Ctrl-C and after a kill where it stopped, and leaves no files", async () => {
  await using stage = await openCliHarness();
  const { simulator } = stage;
  await stage.write("in.csv", csv(...rowsOf(300)));
  const command = ["plan", "in.csv", "--check", "--skip-related"];
  const first = stage.start([...command, "--max-rate", "100"], { env: { CASELINK_IN_FLIGHT: "4" } });
  await simulator.waitFor(({ counts }) => counts.list >= 40);
  first.child.kill("SIGINT");
  const { status, stderr } = await first.ended;
  expect([status, stderr]).toEqual([130, expect.stringMatching(/Interrupted after \d+ of 300 reads/)]);
  const byFirst = simulator.counts().list;

  // The second check is killed after it has stored some readings, which its files show.
  const cacheFiles = async (): Promise<string[]> =>
    [...(await filesIn(stage.ledger)).keys()].filter((file) => file.includes("check-") && file.endsWith(".jsonl"));
  const size = async (): Promise<number> => {
    const texts = await Promise.all((await cacheFiles()).map((file) => readFile(file, "utf8")));
    // The last line of each file is its checksum.
    return texts.join("").split("\n").length - 1 - texts.length;
  };
  const before = await size();
  expect(before).toBeGreaterThanOrEqual(byFirst - 8);
  const second = stage.start([...command, "--max-rate", "5"], { env: { CASELINK_IN_FLIGHT: "4" } });
  await expect.poll(size).toBeGreaterThan(before);
  second.child.kill("SIGKILL");
  await second.ended;
  const known = await size();
  const { list } = simulator.counts();
  const third = await stage.run([...command, "--json"]);
  expect([third.status, third.last()]).toMatchObject([0, { reads: 300, created: 300, unknown: 0 }]);
  expect(simulator.counts().list - list).toBe(300 - known);
  expect(await cacheFiles()).toEqual([]);
  // After a complete check, the next one starts from the beginning.
  await stage.run(command);
  expect(simulator.counts().list).toBe(list + 300 - known + 300);
});

test("plan --check reports unread tickets, rejected credentials and a missing permission", async () => {
  await using stage = await openCliHarness();
  await stage.write("in.csv", csv(...rowsOf(3)));
  const rejected = await stage.run(["plan", "in.csv", "--check", "--json"], { env: { CASELINK_TOKEN: "stale" } });
  expect([rejected.status, rejected.last()]).toMatchObject([4, { event: "blocked" }]);
  stage.simulator.configure({ faults: { list: { http503: 1 } } });
  const down = await stage.run(["plan", "in.csv", "--check", "--skip-related", "--out", "rows.jsonl", "--json"]);
  expect([down.status, down.last()]).toMatchObject([1, { unknown: 3, unread: 3, created: 0, path: "rows.jsonl" }]);
  const rows = (await readFile(join(stage.folder, "rows.jsonl"), "utf8")).trimEnd().split("\n");
  expect(rows.map((row) => (JSON.parse(row) as { outcome: unknown }).outcome)).toEqual([null, null, null]);
  stage.simulator.configure({ faults: { list: { http503: 0 } }, forbiddenTickets: ".*" });
  const shut = await stage.run(["plan", "in.csv", "--check"]);
  expect([shut.status, shut.stderr]).toEqual([4, expect.stringContaining("may read none of the tickets")]);
});

test("run --plan runs the rows of the saved plan although its input has changed", async () => {
  await using stage = await openCluster();
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g", "T3,,g"));
  const batch = newBatch("check");
  const saved = await stage.run(["plan", "in.csv", "--check", "--save", "--batch", batch]);
  expect([saved.status, saved.stdout]).toEqual([2, expect.stringContaining(`Next     caselink run --plan ${batch}\n`)]);
  await stage.write("in.csv", csv("OTHER,R9,g"));

  const listed = await stage.run(["list"]);
  expect(listed.stdout).toMatch(new RegExp(`^${batch} +planned +3 `, "m"));
  expect((await stage.run(["list", "--json"])).last()).toMatchObject({ batch, state: "planned" });
  expect((await stage.run(["status", batch, "--json"])).last()).toMatchObject({ state: "planned", tickets: 2 });
  expect((await stage.run(["status", batch])).stdout).toContain(`caselink run --plan ${batch}`);
  for (const command of ["attach", "pause", "resume", "cancel", "retry", "undo"]) {
    const { status, stderr } = await stage.run([command, batch]);
    expect([command, status, stderr]).toEqual([command, 2, expect.stringContaining("planned, not started")]);
  }

  const rate = await stage.run(["rate", batch, "5"]);
  expect([rate.status, rate.stderr]).toEqual([2, expect.stringContaining("planned, not started")]);

  const unasked = await stage.run(["run", "--plan", batch]);
  expect([unasked.status, unasked.stderr]).toEqual([2, expect.stringContaining(`--outcome invalid`)]);
  await stage.startWorker();
  const run = await stage.run(["run", "--plan", batch, "--yes", "--json"]);
  expect([run.status, run.last()]).toMatchObject([3, { event: "summary", batch, rows: 3, created: 2, invalid: 1 }]);
  expect(Object.fromEntries(stage.simulator.tickets())).toEqual({ T1: ["R1"], T2: ["R1"] });
  expect((await stage.run(["list", "--json"])).last()).toMatchObject({ batch, state: "completed" });
  const again = await stage.run(["run", "--plan", batch, "--json"]);
  expect([again.status, again.last()]).toMatchObject([3, { created: 2 }]);
  const { stdout } = await stage.run(["report", batch]);
  expect(stdout.split("\n").map((line) => line.split(",")[4])).toEqual([
    "outcome",
    "created",
    "created",
    "invalid",
    undefined,
  ]);
});

test("run --batch with the same input starts a saved plan, and run --plan --detach starts it in the background", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  const [one, two] = [newBatch("check"), newBatch("check")];
  await stage.run(["plan", "in.csv", "--save", "--batch", one]);
  expect((await stage.run(["run", "in.csv", "--batch", one, "--json"])).last()).toMatchObject({ created: 1 });
  const there = await stage.run(["plan", "in.csv", "--save", "--batch", one]);
  expect([there.status, there.stdout]).toEqual([0, expect.stringContaining("of this input exists and has started")]);
  await stage.run(["plan", "in.csv", "--save", "--batch", two]);
  expect((await stage.run(["run", "--plan", two, "--detach"])).stdout).toContain(`Started batch ${two}`);
  expect((await stage.run(["attach", two, "--json"])).last()).toMatchObject({ already_associated: 1 });
});

test("forget deletes a saved plan, and a wrong --plan exits with 2 and prints what to do", async () => {
  await using stage = await openCluster();
  await stage.write("in.csv", csv("T1,R1,g"));
  const [plan, run] = [newBatch("check"), newBatch("check")];
  await stage.run(["plan", "in.csv", "--save", "--batch", plan]);
  const forgotten = await stage.run(["forget", plan, "--yes", "--json"]);
  expect([forgotten.status, forgotten.last()]).toEqual([0, { event: "forget", batch: plan, rows: 1 }]);
  expect(forgotten.stderr).toContain("nothing was sent");
  await stage.run(["run", "in.csv", "--batch", run, "--detach"]);
  for (const [args, message] of [
    [["run", "--plan", plan], `${plan} was forgotten`],
    [["run", "--plan", run], `caselink attach ${run}`],
    [["run"], "--plan"],
    [["run", "in.csv", "--plan", plan], "takes no input"],
    [["run", "--plan", plan, "--max-rate", "5"], "--max-rate"],
    [["forget", run, "--yes"], "is not finished"],
  ] as const) {
    const { status, stderr } = await stage.run(args);
    expect([args, status, stderr]).toEqual([args, 2, expect.stringContaining(message)]);
  }
  const nowhere = await stage.run(["plan", "in.csv", "--save"], { env: { CASELINK_ENDPOINT: undefined } });
  expect([nowhere.status, nowhere.stderr]).toEqual([2, expect.stringContaining("CASELINK_ENDPOINT")]);
  expect(stage.simulator.counts().requests).toBe(0);
});
