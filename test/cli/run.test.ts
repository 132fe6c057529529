import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { csv, newBatch, rowsOf, startLoopClock } from "@caselink/test-support";
import { openCluster, type JsonLine } from "@caselink/test-support/cli";

/** All tests share one Temporal; each test has its own API and therefore its own worker. */
/** Unique for each test, as the cluster keeps the ids of all batches. */
const OUTCOMES =
  "created already_associated duplicate limit_reached invalid not_found forbidden failed cancelled".split(" ");
const sumOf = (summary: JsonLine): number => OUTCOMES.reduce((sum, outcome) => sum + Number(summary[outcome]), 0);

const EVERY_OUTCOME = csv(
  "T1,R1,g",
  "T1,R2,g",
  "T1,R1,g",
  "HELD,R1,g",
  "FULL,R9,g",
  "GONE,R1,g",
  "SHUT,R1,g",
  "T2,,g",
  "T3,R1,g",
  "T3,R2,g",
  "T3,R3,g",
  "T3,R4,g",
);
const TICKETS = {
  tickets: { HELD: ["R1"], FULL: ["a", "b", "c"] },
  unknownTickets: ["GONE"],
  forbiddenTickets: ["SHUT"],
};

test("run, list, status, report and undo agree about a batch with every outcome", async () => {
  await using stage = await openCluster(TICKETS);
  await stage.startWorker();
  await stage.write("all.csv", EVERY_OUTCOME);
  const batch = newBatch("cli");
  const run = await stage.run(["run", "all.csv", "--batch", batch, "--yes", "--json"]);
  expect([run.status, run.stderr.includes("Invalid in all.csv")]).toEqual([3, true]);
  const summary = run.last();
  const fields = ["event", "batch", "state", "rows", "tickets", ...OUTCOMES, "started_at", "finished_at", "report"];
  expect(Object.keys(summary)).toEqual(fields);
  expect(summary).toMatchObject({
    event: "summary",
    batch,
    state: "completed",
    rows: 12,
    created: 2,
    already_associated: 1,
    duplicate: 1,
    limit_reached: 5,
    invalid: 1,
    not_found: 1,
    forbidden: 1,
    failed: 0,
    cancelled: 0,
  });
  expect(sumOf(summary)).toBe(12);
  expect(stage.simulator.tickets().get("T1")).toEqual(["R1", "R2"]);

  const written = await readFile(String(summary["report"]), "utf8");
  expect(summary["report"]).toBe(join(stage.ledger, "batches", batch, "report.csv"));
  const report = await stage.run(["report", batch]);
  expect([report.status, report.stdout]).toEqual([0, written]);
  expect(written.split("\n")[0]).toBe(
    "line,case_id,related_id,group_id,outcome,error_code,error_message,http_status,request_id,attempts,settled_at",
  );
  const rows = (await stage.run(["report", batch, "--json"])).lines();
  expect(rows.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  const some = await stage.run(["report", batch, "--format", "jsonl", "--outcome", "not_found, forbidden"]);
  expect(some.lines().map(({ case_id: ticket }) => ticket)).toEqual(["GONE", "SHUT"]);
  const out = await stage.run(["report", batch, "--outcome", "created", "--out", "created.csv", "--json"]);
  expect([out.status, out.lines()]).toEqual([
    0,
    [{ event: "report", batch, rows: 2, path: "created.csv", manifest: "created.csv.manifest.json" }],
  ]);
  const page = await stage.run(["report", batch, "--format", "html"]);
  expect([page.status, page.stdout]).toEqual([
    0,
    expect.stringMatching(/^<!doctype html>[^]*2 associations created, 8 not done[^]*<\/html>\n$/),
  ]);
  expect((await stage.run(["report", batch, "--json", "--format", "html"])).status).toBe(2);
  expect((await readFile(join(stage.folder, "created.csv"), "utf8")).split("\n")).toHaveLength(4);
  expect((await stage.run(["report", batch, "--json", "--format", "csv"])).status).toBe(2);

  for (const [file, args, beginning] of [
    ["r.jsonl", [], '{"line":2'],
    ["r.HTML", [], "<!doctype html>"],
    ["r.txt", [], "line,case_id"],
    ["r.html", ["--format", "csv"], "line,case_id"],
  ] as const) {
    expect((await stage.run(["report", batch, ...args, "--out", file, "--json"])).status).toBe(0);
    expect((await readFile(join(stage.folder, file), "utf8")).startsWith(beginning)).toBe(true);
  }
  for (const [out, message] of [
    ["none/r.csv", "cannot write none/r.csv: the folder none does not exist."],
    [".ledger", "cannot write .ledger: it is a folder."],
  ] as const) {
    for (const args of [
      ["report", batch],
      ["verify", batch],
      ["plan", "all.csv", "--check"],
    ]) {
      const { status, stderr } = await stage.run([...args, "--out", out]);
      expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  }

  const list = await stage.run(["list", "--json"]);
  expect(list.lines()).toMatchObject([
    { event: "batch", batch, kind: "create", state: "completed", rows: 12, created: 2, limit_reached: 5, forbidden: 1 },
  ]);
  const [head, line] = (await stage.run(["list"])).stdout.split("\n");
  expect(head).toMatch(/^batch +state +rows +not done +planned \(UTC\) +input$/);
  expect(line).toMatch(new RegExp(`^${batch} +completed +12 +8 +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +all\\.csv$`));
  const status = await stage.run(["status", batch, "--json"]);
  expect([status.status, status.last()]).toMatchObject([0, { event: "status", batch, state: "completed", created: 2 }]);
  for (const action of ["pause", "resume", "cancel"]) {
    expect((await stage.run([action, batch])).stderr).toContain(`${batch} is already completed`);
  }

  const undo = await stage.run(["undo", batch, "--json"]);
  expect(undo.status).toBe(0);
  expect(undo.last()).toMatchObject({ event: "summary", state: "completed", rows: 2, removed: 2, already_absent: 0 });
  expect(Object.fromEntries(stage.simulator.tickets())).toEqual(TICKETS.tickets);
  const twice = await stage.run(["undo", batch, "--json"]);
  expect(twice.last()).toEqual({ ...undo.last() });
  expect((await stage.run(["undo", String(undo.last()["batch"])])).status).toBe(2);
});

test("run exits with 0 if all rows succeed, and the report contains the details of each response", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", "case_id,related_id,group_id,note\nT1,R1,g,first\nT1,R2,g,second\n");
  const batch = newBatch("cli");
  const { status, last } = await stage.run(["run", "in.csv", "--batch", batch, "--json"]);
  expect([status, last()["created"]]).toEqual([0, 2]);
  const rows = (await stage.run(["report", batch, "--json"])).lines();
  for (const row of rows) {
    expect(row).toMatchObject({ outcome: "created", http_status: 200, attempts: 1 });
    expect(row["request_id"]).toMatch(/^simulator-\d+$/);
    expect(Date.parse(String(row["settled_at"]))).not.toBeNaN();
  }
  expect(rows.map(({ note }) => note)).toEqual(["first", "second"]);
  expect((await stage.run(["report", batch, "--format", "html"])).stdout).toContain("API response time");
});

test("run with the same id attaches for the same input, and exits with 2 for other input", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  await stage.write("other.csv", csv("T2,R1,g"));
  const batch = newBatch("cli");
  const first = await stage.run(["run", "in.csv", "--batch", batch, "--json"]);
  const { requests } = stage.simulator.counts();
  const again = await stage.run(["run", "in.csv", "--batch", batch, "--json"]);
  expect([again.status, again.last()]).toEqual([0, first.last()]);
  const other = await stage.run(["run", "other.csv", "--batch", batch, "--json"]);
  expect([other.status, other.stderr]).toEqual([2, expect.stringContaining(`already a batch ${batch}`)]);
  expect(stage.simulator.counts().requests).toBe(requests);
});

test("run exits with 2 and sends nothing if Temporal has a batch of this id from another ledger", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  const batch = newBatch("cli");
  expect((await stage.run(["run", "in.csv", "--batch", batch])).status).toBe(0);
  const { requests } = stage.simulator.counts();
  const env = { CASELINK_LEDGER: join(stage.folder, "other") };
  await stage.write("other.csv", csv("T2,R1,g"));
  for (const input of ["in.csv", "other.csv"]) {
    const { status, stdout, stderr } = await stage.run(["run", input, "--batch", batch, "--json"], { env });
    expect([status, stdout.includes("summary")]).toEqual([2, false]);
    expect(stderr).toMatch(/another batch .* in another ledger[^]*has ended[^]*--batch[^]*CASELINK_LEDGER/);
    // Otherwise the batch of the other ledger, if it ran again, would work these rows.
    const { stderr: shown } = await stage.run(["status", batch, "--json"], { env });
    expect(shown).toContain(`no batch ${batch} in the ledger`);
  }
  expect(stage.simulator.counts().requests).toBe(requests);
});

test("run without a terminal exits with 2 for an input with invalid rows, and --yes runs the valid ones", async () => {
  await using stage = await openCluster();
  await stage.write("in.csv", csv("T1,R1,g", "T2,,g"));
  const declined = await stage.run(["run", "in.csv", "--json"]);
  expect([declined.status, declined.stderr]).toEqual([2, expect.stringContaining("run the other 1 row with --yes")]);
  expect(stage.simulator.counts().requests).toBe(0);
  await stage.startWorker();
  const run = await stage.run(["run", "in.csv", "--yes", "--json"]);
  expect([run.status, run.last()]).toMatchObject([3, { created: 1, invalid: 1, rows: 2 }]);
});

test("run reads standard input with --detach and --quiet, and attach follows the batch to its end", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  const batch = newBatch("cli");
  const args = ["run", "-", "--format", "csv", "--detach", "--quiet", "--batch", batch, "--over-limit", "fill"];
  const started = await stage.run(args, { input: csv("T1,R1,g", "T1,R2,g", "T1,R3,g", "T1,R4,g") });
  expect([started.status, started.stderr]).toEqual([0, ""]);
  expect(started.stdout).toContain(`caselink attach ${batch}`);
  const attached = await stage.run(["attach", batch, "--quiet", "--json"]);
  expect([attached.status, attached.stderr]).toEqual([3, ""]);
  expect(attached.last()).toMatchObject({ event: "summary", created: 3, limit_reached: 1 });
  expect(stage.simulator.tickets().get("T1")).toEqual(["R1", "R2", "R3"]);
});

test("--max-rate limits the requests of every second", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.simulator.waitFor(({ counts }) => counts.list === 1 && counts.inFlight === 0); // it checks its credentials
  await stage.write("in.csv", csv(...rowsOf(60)));
  // The worker runs in this process, on a clock that a busy machine makes slower.
  using clock = startLoopClock(performance.now());
  const realClock = vi.spyOn(performance, "now").mockImplementation(clock.now);
  const createdAt: number[] = [];
  const onCreate = (): void => void createdAt.push(clock.now());
  subscribe("undici:request:create", onCreate);
  try {
    expect((await stage.run(["run", "in.csv", "--max-rate", "25", "--json"])).status).toBe(0);
  } finally {
    unsubscribe("undici:request:create", onCreate);
    realClock.mockRestore();
  }
  expect(createdAt.length).toBe(stage.simulator.counts().requests - 1);
  expect(createdAt.length).toBeGreaterThanOrEqual(120);
  // The limiter lets 25 requests through in each second; its own tests hold that. Between its permit and the request are the
  // worker's own rate and a look at the lease, for which three more are allowed.
  const spansOf29 = createdAt.slice(28).map((at, index) => at - Number(createdAt[index]));
  expect(Math.min(...spansOf29)).toBeGreaterThanOrEqual(1_000);
});

test("a row that still fails at --give-up-after is failed, and the screen shows the retry command", async () => {
  await using stage = await openCluster({ faults: { create: { http503: 1 } } });
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  const { status, stdout } = await stage.run(["run", "in.csv", "--give-up-after", "2s"]);
  expect(status).toBe(3);
  expect(stdout).toMatch(/not done +1 +failed 1\n/);
  expect(stdout).toMatch(/^Retry    caselink retry \S+\s+only the 1 failed row/m);
});

test("pause stops a batch, resume continues it, and cancel ends it with the other rows as cancelled", async () => {
  await using stage = await openCluster({ latencyMs: 20 });
  await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(4_000)));
  const batch = newBatch("cli");
  const run = stage.follow(["run", "in.csv", "--batch", batch, "--max-rate", "20", "--json"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 20);
  const paused = await stage.run(["pause", batch, "--json"]);
  expect([paused.status, paused.lines()]).toEqual([0, [{ event: "pause", batch }]]);
  const state = async () => (await stage.run(["status", batch, "--json"])).last()["state"];
  await expect.poll(state).toBe("paused");
  const resumed = await stage.run(["resume", batch, "--json"]);
  expect([resumed.status, resumed.last()]).toEqual([0, { event: "resume", batch }]);
  const { written } = stage.simulator.counts();
  await stage.simulator.waitFor(({ counts }) => counts.written > written);
  const cancelled = await stage.run(["cancel", batch, "--json"]);
  expect([cancelled.status, cancelled.last()]).toMatchObject([
    0,
    { event: "summary", state: "cancelled", rows: 4_000 },
  ]);
  const { status, last } = await run.ended;
  expect([status, last()]).toEqual([3, cancelled.last()]);
  expect(sumOf(last())).toBe(4_000);
  expect(last()["created"]).toBe(stage.simulator.counts().written);
});

test("cancel ends a paused batch", async () => {
  await using stage = await openCluster({ latencyMs: 20 });
  await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(1_000)));
  const batch = newBatch("cli");
  const run = stage.follow(["run", "in.csv", "--batch", batch, "--max-rate", "10", "--json"]);
  await stage.simulator.waitFor(({ counts }) => counts.written >= 10);
  expect((await stage.run(["pause", batch])).status).toBe(0);
  const { status, last } = await stage.run(["cancel", batch, "--json"]);
  expect([status, last()]).toMatchObject([0, { state: "cancelled", rows: 1_000 }]);
  expect(sumOf(last())).toBe(1_000);
  expect((await run.ended).last()).toEqual(last());
  expect(last()["created"]).toBe(stage.simulator.counts().written);
});

test("run reports a missing worker, and continues when one starts", async () => {
  await using stage = await openCluster();
  await stage.write("in.csv", csv("T1,R1,g"));
  const run = stage.follow(["run", "in.csv"]);
  await run.says("No worker has responded yet");
  await stage.startWorker();
  expect((await run.ended).status).toBe(0);
});

test("run does not say that its batch has yet to start if its worker is lost in the middle", async () => {
  await using stage = await openCluster();
  const worker = await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(40)));
  const run = stage.follow(["run", "in.csv", "--max-rate", "2"]);
  await run.says("of 40 tickets");
  const before = run.printed().length;
  await worker.stop();
  await run.says("No worker has responded for a while");
  await stage.startWorker();
  expect((await run.ended).status).toBe(0);
  expect(run.printed().slice(before)).not.toContain("responded yet");
});

test("the end screen prints commands to fix rows, and they work as printed", async () => {
  await using stage = await openCluster({ unknownTickets: ["GONE"] });
  await stage.startWorker();
  await stage.write("in.csv", "case_id,related_id,group_id,note\nT1,R1,g,first\nGONE,R1,g,second\n");
  const { stdout } = await stage.run(["run", "in.csv", "--batch", newBatch("cli")]);
  const commands = [...stdout.matchAll(/caselink (report \S+ --outcome .*|run .*?)(?: {3}.*)?$/gm)].map(
    ([, words]) => words,
  );
  expect(commands).toEqual([expect.stringMatching(/^report \S+ --outcome needs-fix --out fix\.csv$/), "run fix.csv"]);
  const [toFix = "", toRun = ""] = commands.map(String);
  expect((await stage.run(toFix.split(" "))).status).toBe(0);
  const rows = await readFile(join(stage.folder, "fix.csv"), "utf8");
  await stage.write("fix.csv", rows.replace("GONE", "T2"));
  const fixed = await stage.run([...toRun.split(" "), "--json"]);
  expect([fixed.status, fixed.last()]).toMatchObject([0, { rows: 1, created: 1 }]);
  expect(Object.fromEntries(stage.simulator.tickets())).toEqual({ T1: ["R1"], T2: ["R1"] });
});
