import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { OUTCOMES, UNDO_OUTCOMES } from "@caselink/ledger";
import type { Simulator } from "@caselink/simulator";
import type { CliHarness, JsonLine } from "@caselink/test-support/cli";
import { TicketHistory } from "./ticket-history.ts";

const ALL_OUTCOMES: readonly string[] = [...OUTCOMES, ...UNDO_OUTCOMES];

/** The promises that the server's counts and violations show as broken. */
export function checkServer(simulator: Simulator, heldBefore: number): string[] {
  const found: string[] = [];
  const violations = simulator.violations();
  for (const kind of ["overLimitAsked", "overLimitStored", "responseViolations"] as const) {
    for (const { ticket, detail } of violations[kind]) found.push(`${kind}: ${String(ticket)}: ${detail}`);
  }
  const stored = [...simulator.tickets().values()].flat().length - heldBefore;
  const { written, removed } = simulator.counts();
  if (written - removed !== stored) found.push(`${written} were made, ${removed} removed, and ${stored} are there`);
  return found;
}

/** A batch that has ended, with its report. */
interface EndedBatch {
  id: string;
  kind: "create" | "undo";
  /** The batch that it retries or undoes. */
  of: string | undefined;
  state: string;
  listed: JsonLine;
  rows: JsonLine[];
}

export interface ReportFacts {
  /** The rows of each input. */
  inputRows: number;
  /** The batches that were cancelled. */
  cancelled: ReadonlySet<string>;
  /** How long a list may lag behind, in milliseconds. */
  readLagMs: number;
  /** The clocks of some processes are wrong: when a batch was planned is not known. */
  hasWrongClocks?: boolean;
  env: NodeJS.ProcessEnv;
}

/** The statements of all reports and summaries that differ from what the server has done. */
export async function checkReports(stage: CliHarness, facts: ReportFacts): Promise<string[]> {
  const { lines } = await stage.run(["list", "--json"], { env: facts.env });
  const found: string[] = [];
  const batches: EndedBatch[] = [];
  for (const listed of lines()) {
    const { batch, kind, of, state } = listed as {
      batch: string;
      kind: EndedBatch["kind"];
      of?: string;
      state: string;
    };
    if (state !== "completed" && state !== "cancelled") found.push(`${batch} is ${state} at the end`);
    else batches.push({ id: batch, kind, of, state, listed, rows: await stage.report(batch) });
  }
  for (const batch of batches) {
    found.push(...checkCounts(batch));
    if (batch.state === "cancelled" && !facts.cancelled.has(batch.id)) found.push(`no one has cancelled ${batch.id}`);
    if (batch.of === undefined && batch.rows.length !== facts.inputRows)
      found.push(`the report of ${batch.id} has ${batch.rows.length} rows`);
  }
  const history = new TicketHistory(stage.simulator.journal(), stage.simulator.tickets());
  return [
    ...found,
    ...checkCreated(batches, history),
    ...checkRemoved(batches, history),
    ...checkOthers(batches, history, facts),
  ];
}

/** The summary counts each row once, as its report. */
function checkCounts({ id, listed, rows }: EndedBatch): string[] {
  const counted = (outcome: string): number => Number(listed[outcome] ?? 0);
  const reported = (outcome: string): number => rows.filter((row) => row["outcome"] === outcome).length;
  const differences = ALL_OUTCOMES.filter((outcome) => counted(outcome) !== reported(outcome));
  const found = differences.map(
    (outcome) => `the summary of ${id} counts ${counted(outcome)} ${outcome}, the report ${reported(outcome)}`,
  );
  return listed["rows"] === rows.length
    ? found
    : [...found, `${id} counts ${String(listed["rows"])} of ${rows.length} rows`];
}

const pairOf = ({ case_id: ticket, related_id: related }: JsonLine): string => `${String(ticket)} ${String(related)}`;

const pairsOf = ({ rows }: EndedBatch, outcome: string): string[] =>
  rows.filter((row) => row["outcome"] === outcome).map(pairOf);

/** Every association was created once, and exactly one batch says so. */
function checkCreated(batches: EndedBatch[], history: TicketHistory): string[] {
  const found: string[] = [];
  const creators = new Map<string, string>();
  for (const batch of batches.filter(({ kind }) => kind === "create")) {
    for (const pair of pairsOf(batch, "created")) {
      const other = creators.get(pair);
      if (other !== undefined) found.push(`${pair} was created by ${other} and ${batch.id}, as both say`);
      creators.set(pair, batch.id);
      if (history.timesWritten(pair) === 0) found.push(`${batch.id} says that it created ${pair}, and no request has`);
    }
  }
  for (const pair of history.written) {
    if (history.timesWritten(pair) > 1) found.push(`${pair} was created ${history.timesWritten(pair)} times`);
    if (!creators.has(pair)) found.push(`${pair} was created, and no batch says so`);
  }
  return found;
}

/** Exactly the created associations of the undone batches were removed, each once, and one undo says so. */
function checkRemoved(batches: EndedBatch[], history: TicketHistory): string[] {
  const found: string[] = [];
  const removers = new Map<string, string>();
  const undos = batches.filter(({ kind }) => kind === "undo");
  for (const undo of undos) {
    const source = batches.find(({ id }) => id === undo.of);
    const created = new Set(source && pairsOf(source, "created"));
    const isSame = undo.rows.length === created.size && undo.rows.every((row) => created.has(pairOf(row)));
    if (!isSame) found.push(`${undo.id} has other rows than ${String(undo.of)} created`);
    for (const pair of pairsOf(undo, "removed")) {
      const other = removers.get(pair);
      if (other !== undefined) found.push(`${pair} was removed by ${other} and ${undo.id}, as both say`);
      removers.set(pair, undo.id);
      if (history.timesRemoved(pair) === 0) found.push(`${undo.id} says that it removed ${pair}, and no request has`);
    }
  }
  for (const undo of undos) {
    for (const row of undo.rows) {
      const pair = pairOf(row);
      const remover = removers.get(pair);
      const isTrue =
        row["outcome"] === "removed" ||
        (row["outcome"] === "already_absent" && remover !== undefined) ||
        (row["outcome"] === "cancelled" && undo.state === "cancelled");
      if (!isTrue)
        found.push(`${undo.id} says ${String(row["outcome"])} of ${pair}, which ${remover ?? "no undo"} removed`);
    }
  }
  for (const pair of history.removed) {
    if (history.timesRemoved(pair) > 1) found.push(`${pair} was removed ${history.timesRemoved(pair)} times`);
    if (!removers.has(pair)) found.push(`${pair} was removed, and no undo says so`);
  }
  for (const pair of history.written)
    if (history.isThere(pair) === removers.has(pair))
      found.push(`${pair} ${removers.has(pair) ? "is still" : "is not"} there`);
  return found;
}

/** The rows that were not created: over the limit while their batch ran, or cancelled. */
function checkOthers(batches: EndedBatch[], history: TicketHistory, facts: ReportFacts): string[] {
  const found: string[] = [];
  for (const { id, kind, state, rows, listed } of batches) {
    if (kind !== "create") continue;
    const asked = new Map<string, number>();
    for (const { case_id: ticket } of rows) asked.set(String(ticket), (asked.get(String(ticket)) ?? 0) + 1);
    const since = facts.hasWrongClocks ? 0 : Date.parse(String(listed["created_at"])) - facts.readLagMs;
    for (const row of rows) {
      const { outcome } = row;
      const ticket = String(row["case_id"]);
      const held = history.mostHeld(ticket, since);
      const isTrue =
        outcome === "created" ||
        (outcome === "limit_reached" && held + (asked.get(ticket) ?? 0) > 3) ||
        (outcome === "cancelled" && state === "cancelled");
      if (!isTrue)
        found.push(
          `${id} says ${String(outcome)} of ${pairOf(row)}; the ticket held ${held} meanwhile: ${JSON.stringify(row)}`,
        );
    }
  }
  return found;
}

/** The differences that `verify` finds between each batch, with its retries and undos, and the server. */
export async function checkVerify(stage: CliHarness, name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { status, stdout, stderr } = await stage.run(["verify", name, "--json"], { env });
  return status === 0
    ? []
    : [`verify ${name} ended with ${String(status)}: ${stdout.slice(0, 600)}${stderr.slice(-300)}`];
}

/** The files and outputs that contain a secret: ledger, Temporal's database, logs and everything printed. */
export async function checkSecrecy(
  stage: CliHarness,
  secrets: readonly RegExp[],
  folders: readonly string[] = [],
): Promise<string[]> {
  const found: string[] = [];
  const search = (place: string, text: string): void => {
    for (const secret of secrets) if (secret.test(text)) found.push(`${place} holds a secret (${secret.source})`);
  };
  for (const folder of [stage.folder, ...folders]) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) search(path.slice(folder.length + 1), await readFile(path, "latin1"));
    }
  }
  search("the output of a command", stage.printed());
  return found;
}
