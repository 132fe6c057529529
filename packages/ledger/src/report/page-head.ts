import { count, counted, duration } from "@caselink/common";
import type { BatchRecord } from "../batch/batch-record.ts";
import { hasSucceeded, outcomeWords, type Outcome, type UndoOutcome } from "../outcome.ts";
import type { BatchSummary } from "../batch/summary.ts";
import { shareBar } from "./charts.ts";
import { latency, moment, rate, share } from "./format-numbers.ts";
import { html, nothing, type Html } from "./html-text.ts";
import { OUTCOME_MEANINGS } from "./outcome-meanings.ts";
import type { ReportFacts } from "./report-facts.ts";
import { swatch } from "./swatch.ts";

/** The batch that the page reports. */
export interface PageSubject {
  record: BatchRecord;
  end: BatchSummary | undefined;
  facts: ReportFacts;
}

type OutcomeRow = [outcome: Outcome | UndoOutcome, rows: number];

/** The outcomes that rows have, in the order of the contract. */
export function outcomesOf({ outcomes }: ReportFacts): OutcomeRow[] {
  return (Object.keys(outcomeWords) as (Outcome | UndoOutcome)[]).flatMap((outcome): OutcomeRow[] => {
    const rows = outcomes.get(outcome) ?? 0;
    return rows > 0 ? [[outcome, rows]] : [];
  });
}

/** The result in a sentence: `13,702 associations created, 71 not done`. */
export function headline(subject: PageSubject): string {
  const { done, failed } = resultOf(subject);
  return done + failed;
}

function headlineParts(subject: PageSubject): Html {
  const { done, failed } = resultOf(subject);
  const at = failed.indexOf(" ") + 1; // behind the comma
  return failed === "" ? html`${done}` : html`${done}${failed.slice(0, at)}<em>${failed.slice(at)}</em>`;
}

function resultOf({ record, facts }: PageSubject): { done: string; failed: string } {
  const isUndo = record.kind === "undo";
  const done = facts.outcomes.get(isUndo ? "removed" : "created") ?? 0;
  const succeeded = `${counted(done, "association")} ${isUndo ? "removed" : "created"}`;
  const failed = failedRows(facts);
  if (facts.waiting > 0) return { done: `${succeeded} so far, ${counted(facts.waiting, "row")} to go`, failed: "" };
  if (record.counts.rows === 0) return { done: "The input has no rows", failed: "" };
  if (failed === 0) return { done: `${succeeded}, nothing left to do`, failed: "" };
  return { done: succeeded, failed: `, ${count(failed)} not done` };
}

function failedRows(facts: ReportFacts): number {
  return sum(outcomesOf(facts).filter(([outcome]) => !hasSucceeded(outcome)));
}

const sum = (rows: readonly OutcomeRow[]): number => rows.reduce((total, [, n]) => total + n, 0);

/** The top of the page: headline, outcomes and key figures, as HTML that needs no script. */
export function pageHead(subject: PageSubject): Html {
  const { record, end, facts } = subject;
  return html`<header>
      <p class="eyebrow">
        caselink <span>·</span> ${record.kind === "undo" ? `undo of ${record.of ?? ""}` : "batch"} <b>${record.id}</b>
      </p>
      <h1>${headlineParts(subject)}</h1>
      <p class="lead">${leadOf(subject)}</p>
    </header>
    <section class="glance" aria-labelledby="outcomes-title">
      <h2 id="outcomes-title">${end || facts.waiting === 0 ? "Every row is accounted for" : "Progress so far"}</h2>
      ${facts.outcomes.size > 0 ? shareBar(barParts(facts)) : nothing}
      <div class="columns">${outcomeTable(subject)}${keyFigures(subject)}</div>
    </section>`;
}

function leadOf({ record, end }: PageSubject): Html {
  const rows = counted(record.counts.rows, "row");
  const names = record.inputs.map(({ name }) => name.replace(/^.*[\\/]/, ""));
  const inputs = names.length > 3 ? counted(names.length, "file") : names.join(", ");
  const source = `${rows} of ${inputs}`;
  const at = new URL(record.endpoint).host;
  if (!end) {
    return html`${source}, on ${at}. The batch has not ended; this is its state when the report was written.`;
  }
  const took = duration(Date.parse(end.finished_at) - Date.parse(end.started_at));
  const how = end.state === "cancelled" ? "Cancelled after" : "Finished in";
  return html`${source}, on ${at}. ${how} ${took}, <span class="whole">${moment(end.finished_at)}.</span>`;
}

/** The segments of the bar. Outcomes that succeeded come first; the first three have different shades. */
function barParts(facts: ReportFacts) {
  const parts = outcomesOf(facts).sort(([a], [b]) => Number(hasSucceeded(b)) - Number(hasSucceeded(a)));
  return parts.map(([outcome, rows], index) => ({
    outcome,
    label: outcomeWords[outcome],
    rows,
    kind: hasSucceeded(outcome) ? `done-${Math.min(index, 2)}` : "not-done",
  }));
}

function outcomeTable({ record, facts }: PageSubject): Html {
  const kinds = new Map(barParts(facts).map(({ outcome, kind }) => [outcome, kind]));
  const rows = outcomesOf(facts).map(
    ([outcome, n]) =>
      html`<tr class="${hasSucceeded(outcome) ? "" : "attention"}" data-outcome="${outcome}">
        <th scope="row">
          ${swatch(kinds.get(outcome) ?? "")}<a>${outcomeWords[outcome]}</a> <small>${OUTCOME_MEANINGS[outcome]}</small>
        </th>
        <td>${count(n)}</td>
        <td>${share(n, record.counts.rows)}</td>
      </tr>`,
  );
  const waiting =
    facts.waiting > 0
      ? [
          html`<tr data-outcome="">
            <th scope="row">${swatch("none")}<a>waiting</a> <small>no outcome yet</small></th>
            <td>${count(facts.waiting)}</td>
            <td>${share(facts.waiting, record.counts.rows)}</td>
          </tr>`,
        ]
      : [];
  return html`<table class="figures">
    <caption class="unseen">
      Rows by outcome
    </caption>
    <thead>
      <tr>
        <th scope="col">Outcome</th>
        <th scope="col">Rows</th>
        <th scope="col">Share</th>
      </tr>
    </thead>
    <tbody>
      ${[...rows, ...waiting]}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">all rows</th>
        <td>${count(record.counts.rows)}</td>
        <td></td>
      </tr>
    </tfoot>
  </table>`;
}

function keyFigures({ record, end, facts }: PageSubject): Html {
  const figures: [name: string, value: string, note: string][] = [];
  const lines = record.counts.lines === record.counts.rows ? "" : `of ${counted(record.counts.lines, "line")}`;
  figures.push(["Tickets", count(record.counts.tickets), lines]);
  const seconds = end ? (Date.parse(end.finished_at) - Date.parse(end.started_at)) / 1000 : 0;
  const sent = facts.attempts.reduce((total, { rows }) => total + rows, 0);
  if (sent > 0 && seconds >= 1) figures.push(["Rate", `${rate(sent / seconds)}/s`, "rows sent, on average"]);
  if (facts.latency) {
    const { p50, p95, p99 } = facts.latency;
    figures.push([
      "API response time",
      latency(p50),
      `median; 95 % within ${latency(p95)}, 99 % within ${latency(p99)}`,
    ]);
  }
  if (sent > 0) figures.push(retryFigure(facts, sent));
  if (facts.tickets.notSucceeded > 0)
    figures.push(["Tickets to check", count(facts.tickets.notSucceeded), "with a row that is not done"]);
  return html`<dl class="key-figures">
    ${figures.map(
      ([name, value, note]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}${note ? html` <small>${note}</small>` : nothing}</dd>
        </div>`,
    )}
  </dl>`;
}

function retryFigure({ attempts }: ReportFacts, sent: number): [string, string, string] {
  const retried = attempts.filter((entry) => entry.attempts > 1);
  const rows = retried.reduce((total, entry) => total + entry.rows, 0);
  if (rows === 0) return ["Retries", "0", `each of ${counted(sent, "row")} took one request`];
  const most = Math.max(...retried.map((entry) => entry.attempts));
  return ["Retries", count(rows), `of ${counted(sent, "row")} sent took more than one request, at most ${most}`];
}
