import { noMaximum, startSlow, type Scenario } from "./scenario.ts";

export const OPERATOR_SCENARIOS: readonly Scenario[] = [
  {
    section: "The wrong limit",
    incident: "the quota rises, then falls below the batch's limit",
    // The batch ends when it has its last limit, and not before.
    arrange: `
simulator config '{ "rateLimit": { "perSecond": 40, "hint": "retry-after" } }'
simulator fail-next '{ "operation": "create", "ticket": "SR100", "fault": "http503", "times": 1000000 }'
export CASELINK_MAX_RATE=3
start_workers${startSlow("limit-1", 4)}`,
    meanwhile: {
      "the workers' own maximum is raised": "export CASELINK_MAX_RATE=20",
      "the quota is lowered": `
simulator config '{ "rateLimit": { "perSecond": 10, "hint": "retry-after" } }'
{ until_rate limit-1 5; simulator clear-faults '{}'; } &`,
    },
    prints: [
      /at most 4 requests per second/,
      /The lower maximum holds: a worker sends at most 3 requests per second/,
      /at most 20 requests per second/,
      /5 requests per second/,
      /Every row is accounted for/,
    ],
    ends: { "limit-1": [60, "created"] },
  },
  {
    section: "Credentials",
    incident: "the token is revoked",
    arrange: `
start_workers${startSlow("revoked-1")}
simulator config '{ "tokens": ["token-2"] }'
caselink attach revoked-1 > attached.txt 2>&1    # exit status 4`,
    meanwhile: { "the credentials are replaced": "export CASELINK_TOKEN=token-2" },
    prints: [/\(blocked\) .*credentials/, /^ok +credentials/m, /Every row is accounted for/],
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
temporal workflow terminate --workflow-id caselink-batch:web-2 --reason "by mistake"`,
    prints: [/was terminated in Temporal/, /Every row is accounted for/, /No difference with the report/],
    ends: { "web-2": [60, "created"] },
  },
  {
    section: "Temporal's web page",
    incident: "an activity is paused, and its workers are lost",
    arrange: `
start_workers${startSlow("web-4")}
until kill_worker 1; kill_worker 2; pause_activity; do start_workers; done
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
];
