import { noMaximum, startSlow, type Scenario } from "./scenario.ts";

export const CLUSTER_SCENARIOS: readonly Scenario[] = [
  {
    section: "Start here",
    incident: "a batch waits for workers",
    arrange:
      "start_workers\nexport BATCH=batch-1\nrows 100 103 > tickets.csv\ncaselink run tickets.csv --batch batch-1",
    prints: [/^batch-1 +completed +4 +0/m, /^ok +temporal +a worker for this API/m],
    ends: { "batch-1": [4, "created"] },
  },
  {
    section: "A batch is blocked",
    incident: "the account has no permission",
    arrange: `
start_workers
rows 100 109 > tickets.csv
simulator config '{ "forbiddenTickets": "." }'
export BATCH=blocked-1
caselink run tickets.csv --batch blocked-1    # exit status 4`,
    meanwhile: { "the cause is fixed": `simulator config '{ "forbiddenTickets": [] }'` },
    prints: [/\(blocked\) .*permission/, /Batch blocked-1 continues/, /Every row is accounted for/],
    ends: { "blocked-1": [10, "created"] },
  },
  {
    section: "No progress",
    incident: "no worker runs",
    arrange: `start_workers${startSlow("silent-1")}\nstop_workers`,
    prints: [/Batch silent-1 is not running/, /Running +caselink-batch:silent-1/, /Every row is accounted for/],
    ends: { "silent-1": [60, "created"] },
  },
  {
    section: "A worker was lost",
    incident: "one of two workers is killed",
    arrange: `start_workers${startSlow("killed-1")}\nkill_worker 1\n${noMaximum("killed-1")}`,
    prints: [/^ok +temporal +a worker for this API/m, /Every row is accounted for/, /No difference with the report/],
    ends: { "killed-1": [60, "created"] },
  },
  {
    section: "Upgrade and going back",
    incident: "workers are replaced while a batch runs",
    arrange: `start_workers${startSlow("upgrade-1")}`,
    prints: [/Every row is accounted for/, /No difference with the report/],
    ends: { "upgrade-1": [60, "created"] },
  },
];
