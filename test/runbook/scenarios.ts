/** An incident of docs/runbook.md, arranged with shell commands. The functions they use are in `prelude.ts`. */
export interface Scenario {
  /** The heading of its section in the runbook. */
  section: string;
  /** Distinguishes several incidents of one section. */
  incident: string;
  /** Leads to the incident. Sets `BATCH`, and `MISSING` if the section names it. */
  arrange: string;
  /** What happens at a comment `<!-- meanwhile: NAME -->` of the section, by that name. */
  meanwhile?: Readonly<Record<string, string>>;
  /** What the section's commands print, in any order. */
  prints: readonly RegExp[];
  /** How batches ended, by id: the number of their rows, and the outcomes that occur. */
  ends: Readonly<Record<string, readonly [rows: number, ...outcomes: string[]]>>;
  /** It loses Temporal's database: it has a Temporal server of its own, which `temporal_server` starts. */
  losesTemporal?: true;
}

const startSlow = (batch: string, last = 159): string => `
rows 100 ${last} > tickets.csv
export BATCH=${batch}
caselink run tickets.csv --batch ${batch} --max-rate 4 --detach
until_settled ${batch} 4`;

const noMaximum = (batch: string): string => `caselink rate ${batch} none`;

export const SCENARIOS: readonly Scenario[] = [
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
    arrange: `start_workers${startSlow("silent-1")}\n${noMaximum("silent-1")}\nstop_workers`,
    prints: [
      /Batch silent-1 is not running/,
      /no worker/i,
      /Running +caselink-batch:silent-1/,
      /Every row is accounted for/,
    ],
    ends: { "silent-1": [60, "created"] },
  },
  {
    section: "A worker was lost",
    incident: "one of two workers is killed",
    arrange: `start_workers${startSlow("killed-1")}\n${noMaximum("killed-1")}\nkill_worker 1`,
    prints: [/^ok +temporal +a worker for this API/m, /Every row is accounted for/, /No difference with the report/],
    ends: { "killed-1": [60, "created"] },
  },
  {
    section: "The wrong limit",
    incident: "the quota rises, then falls below the batch's limit",
    arrange: `simulator config '{ "rateLimit": { "perSecond": 40, "hint": "retry-after" } }'\nstart_workers${startSlow("limit-1", 259)}`,
    meanwhile: {
      "the quota is lowered": `simulator config '{ "rateLimit": { "perSecond": 10, "hint": "retry-after" } }'`,
    },
    prints: [
      /at most 4 requests per second/,
      /at most 20 requests per second/,
      /5 requests per second/,
      /Every row is accounted for/,
    ],
    ends: { "limit-1": [160, "created"] },
  },
  {
    section: "Credentials",
    incident: "the token is revoked",
    arrange: `
start_workers${startSlow("revoked-1")}
${noMaximum("revoked-1")}
simulator config '{ "tokens": ["token-2"] }'
caselink attach revoked-1 > attached.txt 2>&1    # exit status 4`,
    meanwhile: { "the credentials are replaced": "export CASELINK_TOKEN=token-2" },
    prints: [
      /\(blocked\) .*credentials/,
      /^ok +credentials/m,
      /Batch revoked-1 continues/,
      /Every row is accounted for/,
    ],
    ends: { "revoked-1": [60, "created"] },
  },
  {
    section: "Temporal's web page",
    incident: "a lane is terminated",
    arrange: `
start_workers${startSlow("web-1")}
temporal workflow terminate --workflow-id "$(running_lane)" --reason "by mistake"
${noMaximum("web-1")}`,
    prints: [/Terminated +caselink-lane:/, /Every row is accounted for/, /No difference with the report/],
    ends: { "web-1": [60, "created"] },
  },
  {
    section: "Temporal's web page",
    incident: "the batch is terminated",
    arrange: `
start_workers${startSlow("web-2")}
${noMaximum("web-2")}
temporal workflow terminate --workflow-id caselink-batch:web-2 --reason "by mistake"`,
    prints: [/was terminated in Temporal/, /Every row is accounted for/, /No difference with the report/],
    ends: { "web-2": [60, "created"] },
  },
  {
    section: "Temporal's web page",
    incident: "an activity is paused, and its workers are lost",
    arrange: `
start_workers${startSlow("web-4")}
kill_worker 1
kill_worker 2
pause_activity
start_workers
${noMaximum("web-4")}`,
    prints: [/Running +caselink-lane:/, /Every row is accounted for/, /No difference with the report/],
    ends: { "web-4": [60, "created"] },
  },
  {
    section: "Temporal's web page",
    incident: "an activity is reset",
    arrange: `
start_workers${startSlow("web-3")}
reset_activity
${noMaximum("web-3")}`,
    prints: [/Every row is accounted for/, /No difference with the report/],
    ends: { "web-3": [60, "created"] },
  },
  {
    section: "The ledger is damaged",
    incident: "a disk damages the rows of a chunk",
    arrange: `
start_workers${startSlow("damaged-1")}
${noMaximum("damaged-1")}
caselink pause damaged-1
damaged=$(open_chunk damaged-1)
cp "$damaged" copy.jsonl
printf x | dd of="$damaged" bs=1 seek=3 conv=notrunc 2> /dev/null
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
${noMaximum("damaged-2")}
caselink pause damaged-2
lane=$(basename "$(open_chunk damaged-2)" | cut -c 1)
damaged=$(ls "$CASELINK_LEDGER"/leases/*-"$lane"/*.json)
printf x | dd of="$damaged" bs=1 seek=3 conv=notrunc 2> /dev/null
caselink resume damaged-2
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
cp -a "$CASELINK_LEDGER" yesterday
caselink resume restored-1
${noMaximum("restored-1")}
caselink attach restored-1
rows 200 209 > missing-1.csv
caselink run missing-1.csv --batch missing-1
caselink undo undone-1 --yes
rows 400 439 > running-1.csv
caselink run running-1.csv --batch running-1 --max-rate 2 --detach
until_settled running-1 4
stop_workers
rm -r "$CASELINK_LEDGER" && cp -a yesterday "$CASELINK_LEDGER"
caselink attach restored-1    # exit status 2: the ledger is older than Temporal
caselink run missing-1.csv --batch missing-1    # exit status 2: planned in another ledger
caselink list | grep missing-1    # exit status 1: nothing of it is stored
export UNDONE=undone-1 MISSING="missing-1 running-1"`,
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
      "running-1": [40, "created", "already_associated"],
      "undo-1-undone-1": [10, "already_absent"],
    },
  },
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
caselink run lost-1.csv --batch lost-1 --max-rate 2 --detach
until_settled lost-1 4
rm -r "$CASELINK_LEDGER"
mkdir "$CASELINK_LEDGER"`,
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
caselink run lost-2.csv --batch lost-2 --max-rate 2 --detach
until_settled lost-2 4
kill_temporal
rm -r "$CASELINK_LEDGER"
mkdir "$CASELINK_LEDGER"
temporal_server`,
    prints: [/Every row is accounted for/, /No difference with the report/],
    ends: { "lost-2": [40, "created", "already_associated"] },
  },
  {
    section: "Upgrade and going back",
    incident: "workers are replaced while a batch runs",
    arrange: `start_workers${startSlow("upgrade-1")}\n${noMaximum("upgrade-1")}`,
    prints: [/Every row is accounted for/, /No difference with the report/],
    ends: { "upgrade-1": [60, "created"] },
  },
];
