import { basename } from "node:path";
import { count } from "@caselink/common";
import { batchPath } from "../batch/batch-files.ts";
import { OUTCOMES, SUCCEEDED_OUTCOMES, UNDO_OUTCOMES } from "../outcome.ts";
import { readPageAssets, type PageAssets } from "../page-assets.ts";
import { html, nothing, type Html } from "./html-text.ts";
import { pageApi } from "./page-api.ts";
import { pageCharts } from "./page-charts.ts";
import { pageCommands } from "./page-commands.ts";
import { headline, pageHead, type PageSubject } from "./page-head.ts";
import { pageProvenance } from "./page-provenance.ts";
import { pageMeta, pageRows } from "./page-rows.ts";
import { wordsOf, type PageWords, type ReportLanguage } from "./page-words.ts";
import { reasonTable } from "./reason-table.ts";
import { readFacts } from "./report-facts.ts";
import { readReportRows } from "./report-rows.ts";
import type { ReportSource } from "./report-source.ts";

/** Most rows in one page: a browser sorts and searches this many without a noticeable pause. */
const MAX_PAGE_ROWS = 100_000;

interface HtmlReportOptions {
  outcomes: readonly string[] | undefined;
  language: ReportLanguage | undefined;
  maxRows?: number;
}

/**
 * Yields the report, piece by piece, as one HTML page without external files.
 *
 * If a batch has more rows than fit, the page has the rows that are not done first, and says where all rows are.
 */
export async function* htmlReport(
  source: ReportSource,
  { outcomes, language, maxRows = MAX_PAGE_ROWS }: HtmlReportOptions,
  tally: { rows: number },
): AsyncGenerator<string> {
  const { store, database, folder, record, end, paths } = source;
  const assets = await readPageAssets();
  const words = wordsOf(language);
  const facts = await readFacts(source);
  const subject: PageSubject = { record, end, facts };
  const chosen = rowsOf(subject, outcomes);
  yield pageStart(subject, assets, words);
  yield pageHead(subject, words).text;
  yield reasonTable(facts, words).text;
  yield pageCommands(subject, words).text;
  yield rowsSection({ rows: chosen, maxRows, outcomes, path: await fullReportPath(source) }, words).text;
  yield pageCharts(facts, words).text;
  yield (await pageApi(source, words)).text;
  yield pageProvenance(record, words).text;
  yield "</main>\n";
  yield pageMeta(subject, words).text;
  for (const selection of selectionsOf(chosen, maxRows, outcomes)) {
    for (const path of paths) {
      if (tally.rows >= maxRows) break;
      for await (const rows of readReportRows(database, store, path, record, { end, outcomes: selection, folder })) {
        const fitting = rows.slice(0, maxRows - tally.rows);
        if (fitting.length === 0) break;
        tally.rows += fitting.length;
        yield pageRows(fitting, record, words).text;
      }
    }
  }
  yield pageEnd(assets);
}

function rowsOf({ record, facts }: PageSubject, outcomes: readonly string[] | undefined): number {
  if (!outcomes) return record.counts.rows;
  return [...facts.outcomes].reduce((sum, [outcome, rows]) => sum + (outcomes.includes(outcome) ? rows : 0), 0);
}

/** The outcomes to read in each pass over the rows. If not all rows fit, those that are not done come first. */
function selectionsOf(rows: number, maxRows: number, outcomes: readonly string[] | undefined) {
  if (rows <= maxRows) return [outcomes];
  const selected = outcomes ?? [...OUTCOMES, ...UNDO_OUTCOMES];
  const parts = [
    selected.filter((outcome) => !isSucceeded(outcome)),
    selected.filter(isSucceeded),
    outcomes ? [] : [""],
  ];
  return parts.filter((part) => part.length > 0);
}

const isSucceeded = (outcome: string): boolean => SUCCEEDED_OUTCOMES.some((succeeded) => succeeded === outcome);

/** Path of the CSV report that the command writes into the ledger at the end; undefined if it has not been written. */
async function fullReportPath({ store, record }: ReportSource): Promise<string | undefined> {
  const path = batchPath(record.id, "report.csv");
  const names = await store.list(batchPath(record.id));
  return names.includes(basename(path)) ? store.describe(path) : undefined;
}

function pageStart(subject: PageSubject, { style, styleHash, scriptHash }: PageAssets, words: PageWords): string {
  // Allows only the page's own script and style: no request and no other script, whatever the cells contain.
  const policy = `default-src 'none'; script-src ${scriptHash}; style-src ${styleHash}; base-uri 'none'; form-action 'none'`;
  const { done, notDone } = headline(subject, words);
  const head = html`
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${done}${notDone} · ${subject.record.id}</title>
  `;
  // The style goes in unchanged: the policy has its hash.
  return `<!doctype html>
<html lang="${html`${words.tag}`.text}">
<head>${head.text}<style>${style}</style>
</head>
<body>
<main>
`;
}

interface RowsSection {
  rows: number;
  maxRows: number;
  outcomes: readonly string[] | undefined;
  /** Path of a report with all rows. */
  path: string | undefined;
}

function rowsSection({ rows, maxRows, outcomes, path }: RowsSection, words: PageWords): Html {
  const { t, counted } = words;
  const scope = outcomes
    ? html`<p>${t`Only rows with the outcome ${outcomes.join(", ")}, as the report was requested.`}</p>`
    : nothing;
  const title = rows > maxRows ? t`${count(maxRows)} rows of ${count(rows)}` : counted(rows, "row");
  return html`<section class="rows-section" aria-labelledby="rows-title">
    <h2 id="rows-title">${title}</h2>
    ${scope}${rows > maxRows ? html`<p>${partNote({ rows, maxRows, path }, words)}</p>` : nothing}
    <noscript>
      <p>${t`Only the table of rows needs JavaScript. The exported CSV has the same rows.`}</p>
    </noscript>
    <div id="rows"></div>
  </section> `;
}

/** Says where all rows are, if the page has only a part of them. */
function partNote({ rows, maxRows, path }: Omit<RowsSection, "outcomes">, { phrase, counted }: PageWords): Html {
  const shown = count(maxRows);
  const all = counted(rows, "row");
  if (path === undefined)
    return phrase`
          This page has ${shown} of ${all}, those that are not done first; the exported CSV has all rows.
        `;
  return phrase`
          This page has ${shown} of ${all}, those that are not done first; all rows are in ${html`<code>${path}</code>`}.
        `;
}

function pageEnd({ script }: PageAssets): string {
  return `<script>${script}</script>
</body>
</html>
`;
}
