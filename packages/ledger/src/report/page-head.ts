import type { BatchRecord } from "../batch-record.ts";
import { hasSucceeded, outcomeWords } from "../outcome-words.ts";
import type { Outcome, UndoOutcome } from "../outcome.ts";
import type { BatchSummary } from "../summary.ts";
import { latencyChart, rateChart, shareBar } from "./charts.ts";
import { count, counted, duration, latency, moment, rate, share } from "./format-numbers.ts";
import { html, nothing, type Html } from "./html-text.ts";
import type { Reason, ReportFacts } from "./report-facts.ts";

/** What the page tells of. */
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

/** The result in a sentence: `13,702 associations created, 71 could not be done`. */
export function headline({ record, facts }: PageSubject): string {
  const isUndo = record.kind === "undo";
  const done = facts.outcomes.get(isUndo ? "removed" : "created") ?? 0;
  const what = `${counted(done, "association")} ${isUndo ? "removed" : "created"}`;
  const failed = failedRows(facts);
  if (facts.waiting > 0) return `${what} so far, ${counted(facts.waiting, "row")} to go`;
  if (record.counts.rows === 0) return "The input has no rows";
  return failed > 0 ? `${what}, ${count(failed)} could not be done` : `${what}, nothing left to do`;
}

function failedRows(facts: ReportFacts): number {
  return sum(outcomesOf(facts).filter(([outcome]) => !hasSucceeded(outcome)));
}

const sum = (rows: readonly OutcomeRow[]): number => rows.reduce((total, [, n]) => total + n, 0);

/** What happened at a glance, as HTML that needs no script. */
export function pageHead(subject: PageSubject): Html {
  const { record, end, facts } = subject;
  return html`<header>
      <p class="eyebrow">
        caselink <span>·</span> ${record.kind === "undo" ? `undo of ${record.of ?? ""}` : "batch"} <b>${record.id}</b>
      </p>
      <h1>${headline(subject)}</h1>
      <p class="lead">${leadOf(subject)}</p>
    </header>
    <section class="glance" aria-labelledby="outcomes-title">
      <h2 id="outcomes-title">${end || facts.waiting === 0 ? "Every row is accounted for" : "Where the rows stand"}</h2>
      ${facts.outcomes.size > 0 ? shareBar(barParts(facts)) : nothing}
      <div class="columns">${outcomeTable(subject)}${keyFigures(subject)}</div>
    </section>
    ${charts(facts)} ${reasonTable(facts)}`;
}

function leadOf({ record, end }: PageSubject): string {
  const rows = counted(record.counts.rows, "row");
  const names = record.inputs.map(({ name }) => name.replace(/^.*[\\/]/, ""));
  const inputs = names.length > 3 ? counted(names.length, "file") : names.join(", ");
  const source = `${rows} of ${inputs}`;
  const at = new URL(record.endpoint).host;
  if (!end) return `${source}, on ${at}. The batch has not ended; this is how it stood when the report was written.`;
  const took = duration(Date.parse(end.finished_at) - Date.parse(end.started_at));
  return `${source}, on ${at}. ${end.state === "cancelled" ? "Cancelled after" : "Finished in"} ${took}, ${moment(end.finished_at)}.`;
}

function barParts(facts: ReportFacts) {
  const parts = outcomesOf(facts).sort(([a], [b]) => Number(hasSucceeded(b)) - Number(hasSucceeded(a)));
  return parts.map(([outcome, rows]) => ({ label: outcomeWords[outcome], rows, isSucceeded: hasSucceeded(outcome) }));
}

const MEANINGS: Readonly<Record<Outcome | UndoOutcome, string>> = {
  created: "by this batch",
  already_associated: "before this batch",
  duplicate: "an earlier row of the input",
  limit_reached: "the ticket would exceed three",
  invalid: "refused before sending, or by the API",
  not_found: "ticket or related ticket",
  forbidden: "no permission for the ticket",
  failed: "still failing at the end; a retry takes it",
  cancelled: "not settled when the batch was cancelled; a retry takes it",
  removed: "by this undo",
  already_absent: "before this undo",
  restored: "what the batch had taken away",
};

function outcomeTable({ record, facts }: PageSubject): Html {
  const rows = outcomesOf(facts).map(
    ([outcome, n]) =>
      html`<tr class="${hasSucceeded(outcome) ? "" : "attention"}">
        <th scope="row">${outcomeWords[outcome]} <small>${MEANINGS[outcome]}</small></th>
        <td>${count(n)}</td>
        <td>${share(n, record.counts.rows)}</td>
      </tr>`,
  );
  const waiting =
    facts.waiting > 0
      ? [
          html`<tr>
            <th scope="row">waiting <small>no outcome yet</small></th>
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
    figures.push(["API answered in", latency(p50), `median; 95 % within ${latency(p95)}, 99 % within ${latency(p99)}`]);
  }
  if (sent > 0) figures.push(retryFigure(facts, sent));
  if (facts.tickets.notSucceeded > 0)
    figures.push(["Tickets to look at", count(facts.tickets.notSucceeded), "with a row that could not be done"]);
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
  const again = attempts.filter((entry) => entry.attempts > 1);
  const rows = again.reduce((total, entry) => total + entry.rows, 0);
  if (rows === 0) return ["Retries", "0", `each of ${counted(sent, "row")} took one request`];
  const most = Math.max(...again.map((entry) => entry.attempts));
  return ["Retries", count(rows), `of ${counted(sent, "row")} sent took more than one request, the longest ${most}`];
}

function charts({ rate: rates, latency: latencies }: ReportFacts): Html {
  const parts: Html[] = [];
  if (rates && rates.buckets.length > 1) {
    const perSecond = rates.buckets.map(({ succeeded, other }) => ((succeeded + other) * 1000) / rates.bucketMs);
    const title = `Up to ${rate(Math.max(...perSecond))} rows settled a second`;
    const note = `Rows settled, by ${duration(rates.bucketMs)}, UTC.`;
    const key = rates.buckets.some(({ other }) => other > 0)
      ? html` <span class="key">${swatch("done")} succeeded ${swatch("not-done")} could not be done</span>`
      : nothing;
    parts.push(
      html`<figure>
        <h2>${title}</h2>
        ${rateChart(rates, `${title}. ${note}`)}
        <figcaption>${note}${key}</figcaption>
      </figure>`,
    );
  }
  if (latencies && latencies.calls > 1) {
    const { p50, p95, p99, calls } = latencies;
    const title = `Half of the calls took ${latency(p50)} or less`;
    const note = `Time the API took for the ${counted(calls, "call")} that made a change. p50 ${latency(p50)}, p95 ${latency(p95)}, p99 ${latency(p99)}.`;
    parts.push(
      html`<figure>
        <h2>${title}</h2>
        ${latencyChart(latencies, `${title}. ${note}`)}
        <figcaption>${note}</figcaption>
      </figure>`,
    );
  }
  return parts.length === 0 ? nothing : html`<section class="charts" aria-label="Rate and latency">${parts}</section>`;
}

function swatch(kind: "done" | "not-done"): Html {
  return html`<svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
    <rect class="${kind}" width="8" height="8" />
  </svg>`;
}

function reasonTable({ reasons, furtherReasons, tickets }: ReportFacts): Html {
  if (reasons.length === 0) return nothing;
  const rows = reasons.map(reasonRow);
  const { kinds } = furtherReasons;
  const further =
    kinds > 0
      ? html`<tr>
          <th scope="row" colspan="3">${counted(kinds, "further reason")}</th>
          <td></td>
          <td>${count(furtherReasons.rows)}</td>
        </tr>`
      : nothing;
  return html`<section aria-labelledby="reasons-title">
    <h2 id="reasons-title">${counted(tickets.notSucceeded, "ticket")} did not get everything</h2>
    <div class="sideways" tabindex="0" role="region" aria-label="Refused tickets by reason">
      <table class="figures reasons">
        <caption class="unseen">
          Refused tickets by reason
        </caption>
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col" class="text">Reason</th>
            <th scope="col" class="text">Code</th>
            <th scope="col">Tickets</th>
            <th scope="col">Rows</th>
          </tr>
        </thead>
        <tbody>
          ${rows}${further}
        </tbody>
      </table>
    </div>
  </section>`;
}

function reasonRow({ outcome, code, message, rows, tickets }: Reason): Html {
  return html`<tr>
    <th scope="row">${outcomeWords[outcome]}</th>
    <td class="text"><bdi>${message ?? MEANINGS[outcome]}</bdi></td>
    <td class="code">${code ?? ""}</td>
    <td>${count(tickets)}</td>
    <td>${count(rows)}</td>
  </tr>`;
}
