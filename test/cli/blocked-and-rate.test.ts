import { on } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { openCliHarness, openCluster } from "@caselink/test-support/cli";

test("rate changes the maximum rate of a running batch, status shows it, and an invalid rate exits with 2", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(300)));
  const batch = newBatch("ops");
  const run = stage.follow(["run", "in.csv", "--batch", batch, "--max-rate", "2", "--yes", "--json"]);
  await stage.simulator.waitFor(({ counts }) => counts.requests >= 2);
  // A worker that responds too late for `status` is asked again.
  const maxRate = async () => (await stage.run(["status", batch, "--json"])).last()["max_rate"];
  await expect.poll(maxRate).toBe(2);
  const watch = stage.follow(["status", batch, "--watch", "--json"]);
  await watch.says('"seconds_left"');
  for (const wrong of ["0", "-1", "fast"]) expect((await stage.run(["rate", batch, wrong])).status).toBe(2);
  const changed = await stage.run(["rate", batch, "4", "--json"]);
  expect([changed.status, changed.last()]).toEqual([0, { event: "rate", batch, max_rate: 4 }]);
  const none = await stage.run(["rate", batch, "none"]);
  expect([none.status, none.stdout.includes("no maximum rate of its own")]).toEqual([0, true]);
  const { status, last } = await run.ended;
  expect([status, last()["created"]]).toEqual([0, 300]);
  const watched = (await watch.ended).lines();
  const rated = watched.find((line) => "seconds_left" in line);
  expect(rated).toMatchObject({ event: "status", state: "running", tickets: 300 });
  const [done, rate, left] = [rated?.["settled_tickets"], rated?.["tickets_per_second"], rated?.["seconds_left"]];
  expect(left).toBe(Math.ceil((300 - Number(done)) / Number(rate)));
  expect(watched.at(-1)).toMatchObject({ event: "status", state: "completed", created: 300 });
  const late = await stage.run(["rate", batch, "5"]);
  expect([late.status, late.stderr.includes("is already completed")]).toEqual([2, true]);
});

test("status and rate name a worker whose own maximum is lower than that of the batch", async () => {
  await using stage = await openCluster();
  await stage.startWorker({ CASELINK_MAX_RATE: "3" });
  await stage.write("in.csv", csv(...rowsOf(300)));
  const batch = newBatch("ops");
  await stage.run(["run", "in.csv", "--batch", batch, "--max-rate", "2", "--detach"]);
  const status = async () => (await stage.run(["status", batch, "--json"])).last();
  await expect.poll(status).toMatchObject({ max_rate: 2, worker_max_rate: 3 });
  expect((await stage.run(["status", batch])).stdout).not.toContain("a worker sends");
  // A worker that responds too late is asked again.
  const changed = async () => (await stage.run(["rate", batch, "50", "--json"])).last();
  await expect.poll(changed).toMatchObject({ max_rate: 50, worker_max_rate: 3 });
  const line = "a worker sends at most 3 requests per second (CASELINK_MAX_RATE)";
  const removed = async () => (await stage.run(["rate", batch, "none"])).stdout;
  await expect.poll(removed).toContain(`The lower maximum holds: ${line}.`);
  await expect.poll(async () => (await stage.run(["status", batch])).stdout).toContain(`  ${line}\n`);
  expect((await stage.run(["cancel", batch])).status).toBe(0);
});

test("status --watch goes on while the worker of its batch restarts", async () => {
  await using stage = await openCluster();
  const worker = await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(40)));
  const batch = newBatch("ops");
  const run = stage.follow(["run", "in.csv", "--batch", batch, "--max-rate", "1", "--yes"]);
  await stage.simulator.waitFor(({ counts }) => counts.requests >= 2);
  const watch = stage.follow(["status", batch, "--watch", "--json"]);
  await watch.says('"running"');
  await worker.stop();
  // Both take longer than the watch waits between two questions.
  for (let times = 0; times < 2; times++)
    expect((await stage.run(["status", batch, "--json"])).last()["state"]).toBe("interrupted");
  await stage.startWorker();
  expect((await stage.run(["rate", batch, "none"])).status).toBe(0);
  await run.ended;
  expect((await watch.ended).last()).toMatchObject({ event: "status", state: "completed", created: 40 });
});

test("status --watch opens the local Temporal once for all its queries", async () => {
  await using stage = await openCliHarness();
  await stage.write("in.csv", csv(...rowsOf(100)));
  stage.start(["run", "in.csv", "--batch", "slow", "--max-rate", "2"]);
  await stage.simulator.waitFor(({ counts }) => counts.requests >= 1);
  const { child, ended } = stage.start(["status", "slow", "--watch", "--json"]);
  let queries = 0;
  for await (const _ of on(child.stdout ?? child, "data")) if (++queries === 3) break;
  const uses = (await readdir(join(stage.home, "users"))).filter((name) => name.startsWith(`${child.pid}.`));
  expect(uses).toEqual([`${child.pid}.1`]);
  child.kill("SIGINT");
  const { status, lines } = await ended;
  expect(status).toBe(0);
  const running = { event: "status", batch: "slow", state: "running", tickets: 100 };
  expect(lines()).toContainEqual(expect.objectContaining(running));
});

test("status says how many tickets have a last write whose result is unknown", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  stage.simulator.failNext({ operation: "create", ticket: "T1", fault: "lostResponse" });
  const written = stage.simulator.waitFor(() => stage.simulator.tickets().has("T1"));
  void written.then(() => stage.simulator.configure({ faults: { list: { http500: 1 } } }));
  await stage.write("in.csv", csv("T1,R1,g"));
  const batch = newBatch("ops");
  const run = stage.follow(["run", "in.csv", "--batch", batch, "--yes"]);
  const ambiguous = async () => (await stage.run(["status", batch, "--json"])).last()["ambiguous_tickets"];
  await expect.poll(ambiguous).toBe(1);
  const shown = async () => (await stage.run(["status", batch])).stdout;
  await expect.poll(shown).toContain("1 ticket has a last write whose result is unknown: reading it again");
  stage.simulator.configure({ faults: { list: {} } });
  expect((await run.ended).status).toBe(0);
});

test("run exits with 4 and names the address if the API does not exist there", async () => {
  await using stage = await openCluster();
  const CASELINK_ENDPOINT = `${stage.simulator.url}/not-here`;
  await stage.startWorker({ CASELINK_ENDPOINT });
  await stage.write("in.csv", csv(...rowsOf(30)));
  const { status, stderr } = await stage.run(["run", "in.csv", "--batch", newBatch("ops"), "--yes"], {
    env: { CASELINK_ENDPOINT },
  });
  expect(status).toBe(4);
  expect(stderr).toContain(`there is no such API at ${CASELINK_ENDPOINT}`);
});

test("run exits with 4 for an account without permission, and resume continues once it has permission", async () => {
  await using stage = await openCluster({ forbiddenTickets: ".*" });
  await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(30)));
  const batch = newBatch("ops");
  const { status, stderr } = await stage.run(["run", "in.csv", "--batch", batch, "--yes"]);
  expect([status, stderr.replaceAll(/\s+/g, " ")]).toEqual([4, expect.stringContaining("No operation permission.")]);
  stage.simulator.configure({ forbiddenTickets: [] });
  await stage.run(["resume", batch]);
  const ended = await stage.run(["attach", batch, "--json"]);
  expect([ended.status, ended.last()["created"]]).toEqual([0, 30]);
});
