import { basename } from "node:path";
import { batchPath } from "../batch-files.ts";
import type { BatchRecord } from "../batch-record.ts";
import { OUTCOMES, UNDO_OUTCOMES } from "../outcome.ts";
import { SUCCEEDED_OUTCOMES } from "../outcome-words.ts";
import { readPageAssets, type PageAssets } from "../page-assets.ts";
import { count, counted } from "./format-numbers.ts";
import { html, nothing, type Html } from "./html-text.ts";
import { pageCharts } from "./page-charts.ts";
import { pageCommands } from "./page-commands.ts";
import { headline, pageHead, type PageSubject } from "./page-head.ts";
import { pageMeta, pageRows } from "./page-rows.ts";
import { reasonTable } from "./reason-table.ts";
import { readFacts } from "./report-facts.ts";
import { readReportRows } from "./report-rows.ts";
import type { ReportSource } from "./report-source.ts";

/** Rows that a page holds at most: a browser sorts and searches them without a pause one would notice. */
const MOST_PAGE_ROWS = 100_000;

interface HtmlReportOptions {
  outcomes: readonly string[] | undefined;
  mostRows?: number;
}

/**
 * The report as one page that needs nothing else, piece by piece.
 *
 * Of a batch with more rows than fit it holds those first that did not succeed, and says where the others are.
 */
export async function* htmlReport(
  source: ReportSource,
  { outcomes, mostRows = MOST_PAGE_ROWS }: HtmlReportOptions,
  tally: { rows: number },
): AsyncGenerator<string> {
  const { store, database, folder, record, end, paths } = source;
  const assets = await readPageAssets();
  const facts = await readFacts(source);
  const subject: PageSubject = { record, end, facts };
  const chosen = rowsOf(subject, outcomes);
  yield pageStart(subject, assets);
  yield pageHead(subject).text;
  yield reasonTable(facts).text;
  yield pageCommands(subject).text;
  yield rowsSection(chosen, mostRows, outcomes, await fullReportPlace(source)).text;
  yield pageCharts(facts).text;
  yield provenance(record).text;
  yield "</main>\n";
  yield pageMeta(subject).text;
  for (const selection of selectionsOf(chosen, mostRows, outcomes)) {
    for (const path of paths) {
      if (tally.rows >= mostRows) break;
      for await (const rows of readReportRows(database, store, path, record, { end, outcomes: selection, folder })) {
        const fitting = rows.slice(0, mostRows - tally.rows);
        if (fitting.length === 0) break;
        tally.rows += fitting.length;
        yield pageRows(fitting, record).text;
      }
    }
  }
  yield pageEnd(assets);
}

function rowsOf({ record, facts }: PageSubject, outcomes: readonly string[] | undefined): number {
  if (!outcomes) return record.counts.rows;
  return [...facts.outcomes].reduce((sum, [outcome, rows]) => sum + (outcomes.includes(outcome) ? rows : 0), 0);
}

/** Where not all fit, what did not succeed comes first. */
function selectionsOf(rows: number, mostRows: number, outcomes: readonly string[] | undefined) {
  if (rows <= mostRows) return [outcomes];
  const asked = outcomes ?? [...OUTCOMES, ...UNDO_OUTCOMES];
  const parts = [asked.filter((outcome) => !isSucceeded(outcome)), asked.filter(isSucceeded), outcomes ? [] : [""]];
  return parts.filter((part) => part.length > 0);
}

const isSucceeded = (outcome: string): boolean => SUCCEEDED_OUTCOMES.some((succeeded) => succeeded === outcome);

async function fullReportPlace({ store, record }: ReportSource): Promise<string | undefined> {
  const path = batchPath(record.id, "report.csv");
  const names = await store.list(batchPath(record.id));
  return names.includes(basename(path)) ? store.describe(path) : undefined;
}

function pageStart(subject: PageSubject, { style, styleHash, scriptHash }: PageAssets): string {
  // The page's own code and style and nothing else: no request, no other script, whatever a cell holds.
  const policy = `default-src 'none'; script-src ${scriptHash}; style-src ${styleHash}; base-uri 'none'; form-action 'none'`;
  const head = html`
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${headline(subject)} · ${subject.record.id}</title>
  `;
  // What has a hash in the policy stands here letter for letter.
  return `<!doctype html>
<html lang="en">
<head>${head.text}<style>${style}</style>
</head>
<body>
<main>
`;
}

function rowsSection(
  rows: number,
  mostRows: number,
  outcomes: readonly string[] | undefined,
  place: string | undefined,
): Html {
  const scope = outcomes
    ? html`<p>Only rows with the outcome ${outcomes.join(", ")}: that is what the report was asked for.</p>`
    : nothing;
  const where =
    place === undefined ? html`the exported CSV has all of them` : html`all of them are in <code>${place}</code>`;
  const cut =
    rows > mostRows
      ? html`<p>
          This page holds ${count(mostRows)} of ${counted(rows, "row")}, those that did not succeed first; ${where}.
        </p>`
      : nothing;
  return html`<section class="rows-section" aria-labelledby="rows-title">
    <h2 id="rows-title">${counted(Math.min(rows, mostRows), "row")}${rows > mostRows ? ` of ${count(rows)}` : ""}</h2>
    ${scope}${cut}
    <noscript>
      <p>The table of rows needs JavaScript; everything above does not. The rows are in the exported CSV, too.</p>
    </noscript>
    <div id="rows"></div>
  </section> `;
}

function provenance({ inputs, input_digest, created_at }: BatchRecord): Html {
  const files = inputs.map(
    ({ name, bytes, sha256 }) =>
      html`<tr>
        <th scope="row"><bdi>${name}</bdi></th>
        <td>${count(bytes)}</td>
        <td class="code">${sha256}</td>
      </tr>`,
  );
  return html`<section class="provenance" aria-labelledby="provenance-title">
    <h2 id="provenance-title">Made from</h2>
    <div class="sideways" tabindex="0" role="region" aria-label="Input files">
      <table class="figures">
        <caption class="unseen">
          Input files
        </caption>
        <thead>
          <tr>
            <th scope="col">Input</th>
            <th scope="col">Bytes</th>
            <th scope="col" class="text">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          ${files}
        </tbody>
      </table>
    </div>
    <p>
      Planned ${created_at}, digest <code>${input_digest}</code>. Written to a file, a report of a batch that has ended
      has a <code>.manifest.json</code> beside it, with the checksums of the plan, the results and the report.
    </p>
  </section>`;
}

function pageEnd({ script }: PageAssets): string {
  return `<script>${script}</script>
</body>
</html>
`;
}
