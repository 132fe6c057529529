import { csv, newBatch, NO_VIOLATIONS, rowsOf } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";
import { openLedger } from "@caselink/ledger";
import { expect, test } from "vitest";

const LAG_MS = 8_000;
const TICKETS = 20;

test("a batch on an API whose reads lag 8 s ends right, and what it has learned is shown and holds for its undo", async () => {
  await using stage = await openCluster({ readLagMs: LAG_MS });
  await stage.startWorker();
  const { simulator } = stage;
  await stage.write("in.csv", csv(...rowsOf(TICKETS)));
  const batch = newBatch("lag");
  // After the first write, which shows how long reads lag, responses get lost.
  const written = simulator.waitFor(({ counts }) => counts.written >= 1);
  void written.then(() => simulator.configure({ faults: { create: { lostResponse: 0.3 } } }));
  const run = await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--json"]);
  expect([run.status, run.last()]).toMatchObject([0, { created: TICKETS, already_associated: 0 }]);
  expect(simulator.violations()).toEqual(NO_VIOLATIONS);
  expect(run.stderr).not.toContain("reads may show a write only after");

  const learned = (await openLedger(stage.ledger).apiProfile(simulator.url))?.facts.read_lag_ms?.value ?? 0;
  expect(learned).toBeGreaterThanOrEqual(LAG_MS);
  expect((await stage.run(["doctor"])).stdout).toMatch(/a write shows in reads after up to [0-9,]+ ms/u);
  // The undo runs when it is looked at.
  const suspended = simulator
    .waitFor(({ counts }) => counts.delete >= 1)
    .then(() => simulator.configure({ suspended: true }));
  const undo = stage.follow(["undo", batch, "--yes"]);
  await suspended;
  const status = await stage.run(["status", `undo-1-${batch}`]);
  const json = (await stage.run(["status", `undo-1-${batch}`, "--json"])).last();
  simulator.configure({ suspended: false });
  const notice = /reads may show a write only after [0-9.]+ s \(as seen before\)/u;
  expect([status.stdout, json["read_lag_ms"]]).toEqual([expect.stringMatching(notice), learned]);
  const undone = await undo.ended;
  expect([undone.status, undone.stderr]).toEqual([0, expect.stringMatching(notice)]);
  expect([...simulator.tickets().values()].flat()).toEqual([]);
});
