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

/** Starts a batch so slowly that it runs for a minute with two workers, and waits until some tickets are settled. */
export const startSlow = (batch: string, rate = 1): string => `
rows 100 159 > tickets.csv
export BATCH=${batch}
caselink run tickets.csv --batch ${batch} --max-rate ${rate} --detach
until_settled ${batch} 4`;

/** Lets it run as fast as it can. */
export const noMaximum = (batch: string): string => `caselink rate ${batch} none`;
