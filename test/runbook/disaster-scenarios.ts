import { startSlow, type Scenario } from "./scenario.ts";

export const DISASTER_SCENARIOS: readonly Scenario[] = [
  {
    section: "Temporal's database is lost",
    incident: "the server starts with an empty database",
    losesTemporal: true,
    arrange: `
temporal_server
start_workers${startSlow("database-1")}
kill_temporal
stop_workers
temporal_server`,
    prints: [
      /^database-1 +unfinished/m,
      /Temporal has no workflow of batch database-1/,
      /Every row is accounted for/,
      /No difference with/,
    ],
    ends: { "database-1": [60, "created"] },
  },
  {
    section: "The ledger is lost",
    incident: "Temporal still runs its batches",
    arrange: `
start_workers
rows 100 139 > lost-1.csv
export MISSING=lost-1
caselink run lost-1.csv --batch lost-1 --max-rate 0.5 --detach
until_settled lost-1 4
mv "$CASELINK_LEDGER" lost
mkdir "$CASELINK_LEDGER"
occupy_temporal`,
    prints: [/Every row is accounted for/, /No difference with the report/],
    ends: { "lost-1": [40, "created", "already_associated"] },
  },
  {
    section: "The ledger is lost",
    incident: "Temporal's database is lost as well",
    losesTemporal: true,
    arrange: `
temporal_server
start_workers
rows 100 139 > lost-2.csv
export MISSING=lost-2
caselink run lost-2.csv --batch lost-2 --max-rate 0.5 --detach
until_settled lost-2 4
kill_temporal
mv "$CASELINK_LEDGER" lost
mkdir "$CASELINK_LEDGER"
temporal_server`,
    prints: [/Every row is accounted for/, /No difference with the report/],
    ends: { "lost-2": [40, "created", "already_associated"] },
  },
];
