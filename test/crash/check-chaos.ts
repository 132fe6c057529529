import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Simulator } from "@caselink/simulator";
import type { CliHarness } from "@caselink/test-support/cli";

/** The promises that the server's counts and violations show as broken. */
export function checkServer(simulator: Simulator, heldBefore: number): string[] {
  const found: string[] = [];
  const violations = simulator.violations();
  for (const kind of ["overLimitAsked", "overLimitStored", "responseViolations"] as const) {
    for (const { ticket, detail } of violations[kind]) found.push(`${kind}: ${String(ticket)}: ${detail}`);
  }
  const stored = [...simulator.tickets().values()].flat().length - heldBefore;
  if (simulator.counts().written !== stored)
    found.push(`${simulator.counts().written} were made and ${stored} are there`);
  return found;
}

/** The rows of a batch's report that differ from the server. Each related ticket is requested by only one batch. */
export async function checkReport(stage: CliHarness, name: string, rows: number): Promise<string[]> {
  const tickets = stage.simulator.tickets();
  const found: string[] = [];
  const report = await stage.report(name);
  if (report.length !== rows) found.push(`the report of ${name} has ${report.length} rows`);
  for (const { case_id: ticket, related_id: related, outcome } of report) {
    const held = tickets.get(String(ticket)) ?? [];
    const isThere = held.includes(String(related));
    const isTrue = outcome === "created" ? isThere : outcome === "limit_reached" ? !isThere && held.length >= 2 : false;
    if (!isTrue)
      found.push(
        `${name}: ${String(ticket)} ${String(related)} is ${String(outcome)}, and the server holds ${held.join(" ")}`,
      );
  }
  return found;
}

/** The files and outputs that contain a secret: ledger, Temporal's database, logs and everything printed. */
export async function checkSecrecy(stage: CliHarness, secrets: readonly RegExp[]): Promise<string[]> {
  const found: string[] = [];
  const search = (place: string, text: string): void => {
    for (const secret of secrets) if (secret.test(text)) found.push(`${place} holds a secret (${secret.source})`);
  };
  for (const entry of await readdir(stage.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) search(path.slice(stage.folder.length + 1), await readFile(path, "latin1"));
  }
  search("the output of a command", stage.printed());
  return found;
}
