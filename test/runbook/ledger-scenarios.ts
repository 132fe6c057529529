import { noMaximum, startSlow, type Scenario } from "./scenario.ts";

export const LEDGER_SCENARIOS: readonly Scenario[] = [
  {
    section: "The ledger is damaged",
    incident: "a disk damages the rows of a chunk",
    arrange: `
start_workers${startSlow("damaged-1")}
caselink pause damaged-1
${noMaximum("damaged-1")}
stop_workers
damaged=$(open_chunk damaged-1)
cp "$damaged" copy.jsonl
printf x | dd of="$damaged" bs=1 seek=3 conv=notrunc 2> /dev/null
start_workers
caselink resume damaged-1
until caselink status damaged-1 | grep 'Restore it from a copy\\|restore it from a copy'; do sleep 0.5; done`,
    meanwhile: { "the file is put back": `cp copy.jsonl "$damaged"` },
    prints: [/chunks\/.*jsonl/, /Every row is accounted for/, /No difference with the report/],
    ends: { "damaged-1": [60, "created"] },
  },
  {
    section: "The ledger is damaged",
    incident: "a lease is damaged, of which no copy can exist",
    arrange: `
start_workers${startSlow("damaged-2")}
caselink pause damaged-2
${noMaximum("damaged-2")}
stop_workers
lane=$(basename "$(open_chunk damaged-2)" | cut -c 1)
damaged=$(ls "$CASELINK_LEDGER"/leases/*-"$lane"/*.json)
printf x | dd of="$damaged" bs=1 seek=3 conv=notrunc 2> /dev/null
start_workers
caselink resume damaged-2
until caselink status damaged-2 | grep 'is not the lease'; do sleep 0.5; done
until_one_lane
until caselink status damaged-2 | grep 'is not the lease'; do sleep 0.5; done`,
    meanwhile: { "the file is put back": `stop_workers\nmv "$damaged" .\nstart_workers` },
    prints: [/leases\/.*json/, /Every row is accounted for/, /No difference with the report/],
    ends: { "damaged-2": [60, "created"] },
  },
  {
    section: "The ledger was restored",
    incident: "the copy is a day old, and batches ended, began and were undone since",
    arrange: `
start_workers
rows 300 309 > undone.csv
caselink run undone.csv --batch undone-1${startSlow("restored-1")}
caselink pause restored-1
stop_workers
cp -a "$CASELINK_LEDGER" yesterday
start_workers
caselink resume restored-1
${noMaximum("restored-1")}
caselink attach restored-1
rows 200 209 > missing-1.csv
caselink run missing-1.csv --batch missing-1
rows 500 509 > rescued-1.csv
caselink run rescued-1.csv --batch rescued-1
caselink undo undone-1 --yes
rows 400 439 > running-1.csv
caselink run running-1.csv --batch running-1 --max-rate 0.5 --detach
until_settled running-1 4
stop_workers
mv "$CASELINK_LEDGER" newer && cp -a yesterday "$CASELINK_LEDGER"
caselink attach restored-1    # exit status 2: the ledger is older than Temporal
caselink run missing-1.csv --batch missing-1    # exit status 2: planned in another ledger
caselink list | grep missing-1    # exit status 1: nothing of it is stored
caselink doctor | grep 'Temporal recorded an end of batch restored-1'    # exit status 2: it fails
occupy_temporal
export UNDONE=undone-1 MISSING="missing-1 running-1" NEWER=newer RESCUED=rescued-1`,
    prints: [
      /Running +caselink-batch:running-1/,
      /Every row is accounted for/,
      /already there +10/,
      /already gone +10/,
      /No difference with the report/,
    ],
    ends: {
      "restored-1": [60, "created", "already_associated"],
      "missing-1": [10, "already_associated"],
      "rescued-1": [10, "created"],
      "running-1": [40, "created", "already_associated"],
      "undo-1-undone-1": [10, "already_absent"],
    },
  },
];
