import { count } from "@caselink/common";
import type { BatchRecord } from "../batch/batch-record.ts";
import { hasSucceeded, outcomeWords, type Outcome, type UndoOutcome } from "../outcome.ts";
import type { BatchSummary } from "../batch/summary.ts";
import { shareBar } from "./charts.ts";
import { latency, moment, rate, share } from "./format-numbers.ts";
import { html, nothing, type Html } from "./html-text.ts";
import { OUTCOME_MEANINGS } from "./outcome-meanings.ts";
import type { PageWords } from "./page-words.ts";
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

/** The result in a sentence: `13,702 associations created, 71 not done`, of which the second part is emphasised. */
export function headline({ record, facts }: PageSubject, words: PageWords): { done: string; notDone: string } {
  const { t, counted } = words;
  const isUndo = record.kind === "undo";
  const done = counted(facts.outcomes.get(isUndo ? "removed" : "created") ?? 0, "association");
  const failed = failedRows(facts);
  if (facts.waiting > 0) {
    const left = counted(facts.waiting, "row");
    return {
      done: isUndo ? t`${done} removed so far, ${left} to go` : t`${done} created so far, ${left} to go`,
      notDone: "",
    };
  }
  if (record.counts.rows === 0) return { done: t`The input has no rows`, notDone: "" };
  if (failed === 0)
    return {
      done: isUndo ? t`${done} removed, nothing left to do` : t`${done} created, nothing left to do`,
      notDone: "",
    };
  return { done: isUndo ? t`${done} removed, ` : t`${done} created, `, notDone: t`${count(failed)} not done` };
}

function failedRows(facts: ReportFacts): number {
  return sum(outcomesOf(facts).filter(([outcome]) => !hasSucceeded(outcome)));
}

const sum = (rows: readonly OutcomeRow[]): number => rows.reduce((total, [, n]) => total + n, 0);

/** The top of the page: headline, outcomes and key figures, as HTML that needs no script. */
export function pageHead(subject: PageSubject, words: PageWords): Html {
  const { record, end, facts } = subject;
  const { t } = words;
  const { done, notDone } = headline(subject, words);
  return html`<header>
      <p class="eyebrow">
        caselink <span>·</span> ${record.kind === "undo" ? t`undo of ${record.of ?? ""}` : t`batch`} <b>${record.id}</b>
      </p>
      <h1>${done}${notDone === "" ? nothing : html`<em>${notDone}</em>`}</h1>
      <p class="lead">${leadOf(subject, words)}</p>
    </header>
    <section class="glance" aria-labelledby="outcomes-title">
      <h2 id="outcomes-title">${end || facts.waiting === 0 ? t`Every row is accounted for` : t`Progress so far`}</h2>
      ${facts.outcomes.size > 0 ? shareBar(barParts(facts, words), words) : nothing}
      <div class="columns">${outcomeTable(subject, words)}${keyFigures(subject, words)}</div>
    </section>`;
}

function leadOf({ record, end }: PageSubject, { t, phrase, counted, duration }: PageWords): Html {
  const rows = counted(record.counts.rows, "row");
  const names = record.inputs.map(({ name }) => name.replace(/^.*[\\/]/, ""));
  const inputs = names.length > 3 ? counted(names.length, "file") : names.join(", ");
  const at = new URL(record.endpoint).host;
  if (!end) {
    return phrase`${rows} of ${inputs}, on ${at}. The batch has not ended; this is its state when the report was written.`;
  }
  const took = duration(Date.parse(end.finished_at) - Date.parse(end.started_at));
  const when = html`<span class="whole">${t`${moment(end.finished_at)}.`}</span>`;
  return end.state === "cancelled"
    ? phrase`${rows} of ${inputs}, on ${at}. Cancelled after ${took}, ${when}`
    : phrase`${rows} of ${inputs}, on ${at}. Finished in ${took}, ${when}`;
}

/** The segments of the bar. Outcomes that succeeded come first; the first three have different shades. */
function barParts(facts: ReportFacts, { translated }: PageWords) {
  const parts = outcomesOf(facts).sort(([a], [b]) => Number(hasSucceeded(b)) - Number(hasSucceeded(a)));
  return parts.map(([outcome, rows], index) => ({
    outcome,
    label: translated(outcomeWords[outcome]),
    rows,
    kind: hasSucceeded(outcome) ? `done-${Math.min(index, 2)}` : "not-done",
  }));
}

function outcomeTable({ record, facts }: PageSubject, words: PageWords): Html {
  const { t, translated } = words;
  const labelOf = (outcome: OutcomeRow[0]): string => translated(outcomeWords[outcome]);
  const meaningOf = (outcome: OutcomeRow[0]): string => translated(OUTCOME_MEANINGS[outcome]);
  const kinds = new Map(barParts(facts, words).map(({ outcome, kind }) => [outcome, kind]));
  const rows = outcomesOf(facts).map(
    ([outcome, n]) =>
      html`<tr class="${hasSucceeded(outcome) ? "" : "attention"}" data-outcome="${outcome}">
        <th scope="row">
          ${swatch(kinds.get(outcome) ?? "")}<a>${labelOf(outcome)}</a> <small>${meaningOf(outcome)}</small>
        </th>
        <td>${count(n)}</td>
        <td>${share(n, record.counts.rows)}</td>
      </tr>`,
  );
  const waiting =
    facts.waiting > 0
      ? [
          html`<tr data-outcome="">
            <th scope="row">${swatch("none")}<a>${t`waiting`}</a> <small>${t`no outcome yet`}</small></th>
            <td>${count(facts.waiting)}</td>
            <td>${share(facts.waiting, record.counts.rows)}</td>
          </tr>`,
        ]
      : [];
  return html`<table class="figures">
    <caption class="unseen">
      ${t`Rows by outcome`}
    </caption>
    <thead>
      <tr>
        <th scope="col">${t`Outcome`}</th>
        <th scope="col">${t`Rows`}</th>
        <th scope="col">${t`Share`}</th>
      </tr>
    </thead>
    <tbody>
      ${[...rows, ...waiting]}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">${t`all rows`}</th>
        <td>${count(record.counts.rows)}</td>
        <td></td>
      </tr>
    </tfoot>
  </table>`;
}

function keyFigures({ record, end, facts }: PageSubject, words: PageWords): Html {
  const { t, counted } = words;
  const figures: [name: string, value: string, note: string][] = [];
  const lines = record.counts.lines === record.counts.rows ? "" : t`of ${counted(record.counts.lines, "line")}`;
  figures.push([t`Tickets`, count(record.counts.tickets), lines]);
  const seconds = end ? (Date.parse(end.finished_at) - Date.parse(end.started_at)) / 1000 : 0;
  const sent = facts.attempts.reduce((total, { rows }) => total + rows, 0);
  if (sent > 0 && seconds >= 1) figures.push([t`Rate`, `${rate(sent / seconds)}/s`, t`rows sent, on average`]);
  if (facts.latency) {
    const { p50, p95, p99 } = facts.latency;
    figures.push([
      t`API response time`,
      latency(p50),
      t`median; 95 % within ${latency(p95)}, 99 % within ${latency(p99)}`,
    ]);
  }
  if (sent > 0) figures.push(retryFigure(facts, sent, words));
  if (facts.tickets.notSucceeded > 0)
    figures.push([t`Tickets to check`, count(facts.tickets.notSucceeded), t`with a row that is not done`]);
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

function retryFigure({ attempts }: ReportFacts, sent: number, { t, counted }: PageWords): [string, string, string] {
  const retried = attempts.filter((entry) => entry.attempts > 1);
  const rows = retried.reduce((total, entry) => total + entry.rows, 0);
  if (rows === 0) return [t`Retries`, "0", t`each of ${counted(sent, "row")} took one request`];
  const most = Math.max(...retried.map((entry) => entry.attempts));
  return [t`Retries`, count(rows), t`of ${counted(sent, "row")} sent took more than one request, at most ${most}`];
}
