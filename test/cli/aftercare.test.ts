import { createHash } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csv, newBatch } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** All tests share one Temporal; each test has its own API and therefore its own worker. */
/** Unique for each test, as the cluster keeps the ids of all batches. */
test("retry runs the failed rows as one new batch, and later the outcomes named by --outcome", async () => {
  await using stage = await openCluster({ faults: { create: { http503: 1 } }, unknownTickets: ["GONE"] });
  const { simulator } = stage;
  const worker = await stage.startWorker();
  const columns = "case_id,related_id,group_id,note\n";
  await stage.write("in.csv", `${columns}T1,R1,g,first\nGONE,R1,g,second\nT1,R2,g,third\nT2,R1,g,fourth\n`);
  const batch = newBatch("care");
  const run = await stage.run(["run", "in.csv", "--batch", batch, "--give-up-after", "2s", "--max-rate", "900"]);
  expect([run.status, run.stdout]).toEqual([3, expect.stringContaining(`Retry    caselink retry ${batch}`)]);

  // Without a worker the first retry stays unfinished, so that a second retry finds it.
  await worker.stop();
  simulator.configure({ faults: { create: { http503: 0 } } });
  const first = await stage.run(["retry", batch, "--detach", "--json"]);
  const retry = `${batch}-retry-1`;
  expect([first.status, first.lines()]).toEqual([
    0,
    [
      { event: "retry", of: batch, rows: 3, batch: retry },
      { event: "started", batch: retry },
    ],
  ]);
  const other = await stage.run(["retry", batch, "--outcome", "not_found"]);
  expect([other.status, other.stderr]).toEqual([2, expect.stringContaining(retry)]);
  await stage.startWorker();
  const again = await stage.run(["retry", batch, "--yes", "--json"]);
  expect(again.status).toBe(0);
  expect(again.last()).toMatchObject({ event: "summary", batch: retry, rows: 3, created: 3, failed: 0 });
  const report = (await stage.run(["report", retry, "--json"])).lines();
  expect(report.map(({ line, case_id: ticket, note }) => [line, ticket, note])).toEqual([
    [2, "T1", "first"],
    [4, "T1", "third"],
    [5, "T2", "fourth"],
  ]);
  expect((await stage.run(["list"])).stdout).toContain(`retry of ${batch}`);

  const { requests } = simulator.counts();
  const nothing = await stage.run(["retry", batch]);
  expect([nothing.status, nothing.stdout]).toEqual([0, expect.stringContaining("Nothing to retry")]);
  expect(nothing.stdout).toContain(`caselink retry ${batch} --outcome not_found\n`);
  expect(simulator.counts().requests).toBe(requests);
  simulator.configure({ unknownTickets: [] });
  const byName = await stage.run(["retry", retry, "--outcome", "not_found", "--json"]);
  expect([byName.status, byName.last()]).toMatchObject([0, { batch: `${batch}-retry-2`, rows: 1, created: 1 }]);
  expect(Object.fromEntries(simulator.tickets())).toEqual({ GONE: ["R1"], T1: ["R1", "R2"], T2: ["R1"] });

  const undo = await stage.run(["undo", batch, "--json"]);
  expect([undo.last(), undo.stderr]).toMatchObject([{ removed: 0 }, expect.stringContaining(`caselink undo ${retry}`)]);
  expect((await stage.run(["undo", retry, "--json"])).last()).toMatchObject({ removed: 3 });
  expect(Object.fromEntries(simulator.tickets())).toEqual({ GONE: ["R1"] });
});

test("retry and forget exit with 2, send nothing and print why they cannot run", async () => {
  await using stage = await openCluster();
  await stage.write("in.csv", csv("T1,R1,g"));
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch, "--detach"]);
  for (const [args, message] of [
    [["retry", "none"], "no batch none in the ledger"],
    [["forget", "none", "--yes"], "no batch none in the ledger"],
    [["retry", batch], `${batch} is not finished`],
    [["forget", batch, "--yes"], `${batch} is not finished`],
    [["retry", batch, "--outcome", "created"], "leave created out"],
    [["retry", batch, "--outcome", "lost"], 'unknown outcome "lost"'],
  ] as const) {
    const { status, stdout, stderr } = await stage.run(args);
    expect([status, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
  }
  expect(stage.simulator.counts().requests).toBe(0);
});

test("forget --yes deletes the files of an ended batch, and its id cannot be used again", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch]);
  const unasked = await stage.run(["forget", batch]);
  expect([unasked.status, unasked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
  expect(await readdir(join(stage.ledger, "batches"))).toEqual([batch]);
  const forgotten = await stage.run(["forget", batch, "--yes", "--json"]);
  expect([forgotten.status, forgotten.lines()]).toEqual([0, [{ event: "forget", batch, rows: 1 }]]);
  expect(forgotten.stderr).toContain("the 1 association that it created stays");
  expect(await readdir(join(stage.ledger, "batches"))).toEqual([]);
  expect(stage.simulator.tickets().get("T1")).toEqual(["R1"]);
  for (const command of ["report", "undo", "retry", "forget"]) {
    const { status, stderr } = await stage.run([command, batch, "--yes"].slice(0, command === "report" ? 2 : 3));
    expect([status, stderr]).toEqual([2, expect.stringContaining(`${batch} was forgotten at `)]);
  }
  // Temporal may still have the batch of that id: its result must not be reported for a new batch.
  const reused = await stage.run(["run", "in.csv", "--batch", batch]);
  expect([reused.status, reused.stderr]).toEqual([2, expect.stringContaining("cannot be used again")]);
});

test("forget counts the associations that undos of the batch removed", async () => {
  await using stage = await openCluster();
  const { simulator } = stage;
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g", "T2,R1,g"));
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch]);
  const warning = async () => (await stage.run(["forget", batch])).stderr;
  expect(await warning()).toContain("the 2 associations that it created stay");
  simulator.configure({ forbiddenTickets: ["T2"] });
  await stage.run(["undo", batch]);
  expect(await warning()).toContain("of the 2 associations that it created,\n1 is already removed and 1 stays");
  simulator.configure({ forbiddenTickets: [] });
  await stage.run(["undo", batch]);
  expect(await warning()).toContain("the 2 associations that it created are already removed");
});

test("verify lists each difference from the report, including later retries and undos, and only reads", async () => {
  await using stage = await openCluster({ tickets: { HELD: ["R1"] }, unknownTickets: ["NONE"] });
  const { simulator } = stage;
  const worker = await stage.startWorker();
  const rows = ["T1,R1,g", "T1,R2,g", "T1,R2,g", "HELD,R1,g", "GONE,R1,g", "SHUT,R1,g", "FULL,R1,g", "NONE,R1,g"];
  await stage.write("in.csv", csv(...rows, "=T,2.02601E+13,g"));
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch, "--yes"]);
  await worker.stop();

  // Nothing listens at this address: verify needs no Temporal.
  const env = { TEMPORAL_ADDRESS: "127.0.0.1:1" };
  const same = await stage.run(["verify", batch, "--json"], { env });
  expect([same.status, same.lines()]).toEqual([
    0,
    [
      {
        event: "verify",
        batch,
        ended: true,
        sealed: true,
        recorded: "unreachable",
        tickets: 6,
        rows: 8,
        open_rows: 0,
        unread: 0,
        forbidden: 0,
        differences: 0,
      },
    ],
  ]);
  const screen = (await stage.run(["verify", batch], { env })).stdout;
  expect(screen).toContain("No difference with the report.");
  expect(screen).toContain("Temporal does not respond.");
  const local = await stage.run(["verify", batch], { env: { TEMPORAL_ADDRESS: undefined } });
  expect(local.stdout).toContain("the local Temporal runs only while");

  simulator.configure({
    limitEnforced: false,
    unknownTickets: ["GONE"],
    forbiddenTickets: ["SHUT"],
    tickets: { T1: ["R1"], HELD: [], NONE: ["R1"], FULL: ["R1", "x", "y", "z"] },
  });
  const { written, removed } = simulator.counts();
  const found = await stage.run(["verify", batch, "--out", "found.csv", "--json"], { env });
  expect(found.status).toBe(3);
  const differences = found.lines().filter(({ event }) => event === "difference");
  expect(differences.map(({ kind, case_id: ticket, line }) => [kind, ticket, line])).toEqual([
    ["too_many", "FULL", undefined],
    ["ticket_gone", "GONE", undefined],
    ["missing", "HELD", 5],
    ["unexpected", "NONE", 9],
    ["ticket_forbidden", "SHUT", undefined],
    ["missing", "T1", 3],
    ["missing", "T1", 4],
  ]);
  expect(found.last()).toMatchObject({ differences: 7, missing: 3, unexpected: 1, forbidden: 1, path: "found.csv" });
  const file = (await readFile(join(stage.folder, "found.csv"), "utf8")).split("\n");
  expect([file[0], file[3], file.length]).toEqual([
    "kind,line,case_id,related_id,outcome,message,file",
    'missing,5,HELD,R1,already_associated,"already there, but it is not there now",',
    9,
  ]);
  expect([simulator.counts().written, simulator.counts().removed]).toEqual([written, removed]);

  expect((await stage.run(["verify", batch], { env })).stdout).toContain(
    "No permission to read 1 ticket: its rows could not be compared.",
  );

  const rejected = await stage.run(["verify", batch, "--json"], { env: { ...env, CASELINK_TOKEN: "stale-token" } });
  expect([rejected.status, rejected.last()]).toMatchObject([4, { event: "blocked", batch }]);
  const elsewhere = { env: { ...env, CASELINK_ENDPOINT: "http://127.0.0.1:2" } };
  expect(await stage.run(["verify", batch], elsewhere)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(`Set CASELINK_ENDPOINT=${simulator.url}`),
  });

  simulator.configure({
    unknownTickets: [],
    forbiddenTickets: [],
    tickets: { T1: ["R1", "R2"], NONE: [], FULL: ["R1"] },
  });
  await stage.startWorker();
  await stage.run(["undo", batch]);
  const undone = await stage.run(["verify", batch], { env });
  expect([undone.status, undone.stdout]).toEqual([
    3,
    expect.stringContaining(`Later batches were taken into account: undo-1-${batch}`),
  ]);
  expect(undone.stdout).toMatch(/^ {2}HELD {3}line 5 {3}R1 {3}already there, but it is not there now\n\nVerified in/);
});

test("verify lists the files of a batch that changed since it ended", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch]);
  const folder = join(stage.ledger, "batches", batch);
  const report = join(folder, "report.csv");
  await appendFile(join(folder, "summary.json"), " ");
  await writeFile(report, "");
  const { status, lines, last } = await stage.run(["verify", batch, "--json"]);
  expect([status, last()]).toMatchObject([3, { tickets: 1, differences: 2, file_altered: 2 }]);
  const altered = lines().filter(({ event }) => event === "difference");
  expect(altered.map(({ kind, file }) => [kind, file])).toEqual([
    ["file_altered", "summary.json"],
    ["file_altered", report],
  ]);
  expect((await stage.run(["verify", batch])).stdout).toContain("  summary.json   was changed since the batch ended");
});

test("verify finds an outcome that was changed with every file over it, by the digest and by Temporal's record", async () => {
  await using stage = await openCluster();
  const worker = await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch]);
  expect((await stage.run(["status", batch, "--json"])).last()["results_sha256"]).toMatch(/^[0-9a-f]{64}$/);
  await worker.stop();
  const folder = join(stage.ledger, "batches", batch);
  const read = (...names: string[]) => readFile(join(folder, ...names), "utf8");
  const [chunk = ""] = await readdir(join(folder, "results"));
  const [version = ""] = await readdir(join(folder, "results", chunk));
  const lines = (await read("results", chunk, version))
    .replace(/\{"sha256".*\n$/, "")
    .replace("created", "already_associated");
  const results = `${lines}{"sha256":"${sha256(lines)}"}\n`;
  await writeFile(join(folder, "results", chunk, version), results);
  const summary = (await read("summary.json"))
    .replace('"created": 1', '"created": 0')
    .replace('"already_associated": 0', '"already_associated": 1');
  await writeFile(join(folder, "summary.json"), summary);
  const differencesOf = async (env: NodeJS.ProcessEnv = {}) => {
    const report = await stage.run(["report", batch, "--out", join(folder, "report.csv")]);
    expect(report.status).toBe(0);
    const { status, lines: events, last } = await stage.run(["verify", batch, "--json"], { env });
    const found = events().filter(({ event }) => event === "difference");
    return [status, last()["recorded"], found.map(({ kind, file }) => [kind, file])];
  };
  const nowhere = { TEMPORAL_ADDRESS: "127.0.0.1:1" };
  expect(await differencesOf(nowhere)).toEqual([3, "unreachable", [["file_altered", "results"]]]);

  const digest = sha256(`${sha256(await read("batch.json"))}  batch.json\n${sha256(results)}  results/${chunk}\n`);
  await writeFile(join(folder, "summary.json"), summary.replace(/[0-9a-f]{64}/, digest));
  expect(await differencesOf()).toEqual([3, "ended", [["file_altered", "summary.json"]]]);
  expect(await differencesOf(nowhere)).toEqual([0, "unreachable", []]);
  const alone = await stage.run(["verify", batch], { env: nowhere });
  expect(alone.stdout).toContain("Not compared with Temporal's record of the end");
});

test("verify --report finds a single changed cell in a report file", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch]);
  await mkdir(join(stage.folder, "out"));
  const files = ["out/rows.csv", "out/page.html"];
  for (const [at, format] of ["csv", "html"].entries()) {
    await stage.run(["report", batch, "--format", format, "--out", files[at] ?? ""]);
  }
  const verify = () => stage.run(["verify", batch, ...files.flatMap((file) => ["--report", file]), "--json"]);
  expect(await verify()).toMatchObject({ status: 0 });
  for (const file of files) {
    const path = join(stage.folder, file);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("R1", "R2"));
    const { status, lines, last } = await verify();
    expect([status, last(), lines()[0]]).toMatchObject([
      3,
      { event: "verify", differences: 1, file_altered: 1 },
      { event: "difference", kind: "file_altered", file },
    ]);
    await writeFile(path, text);
  }
  await rm(join(stage.folder, "out/page.html.manifest.json"));
  const withoutManifest = await stage.run(["verify", batch, "--report", "out/page.html"]);
  expect([withoutManifest.status, withoutManifest.stdout]).toEqual([
    3,
    expect.stringContaining("out/page.html.manifest.json   is missing: the report cannot be checked without it"),
  ]);
  const missing = await stage.run(["verify", batch, "--report", "out/rows.cvs"]);
  expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining("Did you mean out/rows.csv?")]);
});

test("verify of an unfinished batch compares its settled rows, and Ctrl-C ends it immediately", async () => {
  await using stage = await openCluster({ latencyMs: 20 });
  await stage.write("in.csv", csv(...Array.from({ length: 400 }, (_, at) => `T${at},R1,g`)));
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch, "--detach"]);
  const early = await stage.run(["verify", batch]);
  expect([early.status, early.stdout]).toEqual([0, expect.stringContaining("has not ended")]);
  expect(early.stdout).toContain("without an outcome yet: 400 rows");
  expect(stage.simulator.counts().requests).toBe(0);
  await stage.startWorker();
  await stage.run(["attach", batch]);
  const { list } = stage.simulator.counts();
  const slow = stage.start(["verify", batch, "--max-rate", "20"]);
  await stage.simulator.waitFor(({ counts }) => counts.list > list + 2);
  slow.child.kill("SIGINT");
  const { status, stderr } = await slow.ended;
  expect([status, stderr]).toEqual([130, expect.stringMatching(/Interrupted after \d+ of 400 tickets/)]);
  expect(await readdir(join(stage.ledger, "tmp"))).toEqual([]);
});

test("verify exits with 1 and counts the unread tickets if the API is down", async () => {
  await using stage = await openCluster();
  await stage.write("in.csv", csv("T1,R1,g"));
  await stage.startWorker();
  const batch = newBatch("care");
  await stage.run(["run", "in.csv", "--batch", batch]);
  stage.simulator.configure({ faults: { list: { http503: 1 } } });
  const { status, stdout, last } = await stage.run(["verify", batch, "--json"]);
  expect([status, last()]).toMatchObject([1, { unread: 1, tickets: 0 }]);
  expect(stdout).not.toContain('"difference"');
});
