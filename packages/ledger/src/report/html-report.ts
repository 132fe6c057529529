import { basename } from "node:path";
import { count, counted } from "@caselink/common";
import { batchPath } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { OUTCOMES, SUCCEEDED_OUTCOMES, UNDO_OUTCOMES } from "../outcome.ts";
import { readPageAssets, type PageAssets } from "../page-assets.ts";
import { html, nothing, type Html } from "./html-text.ts";
import { pageApi } from "./page-api.ts";
import { pageCharts } from "./page-charts.ts";
import { pageCommands } from "./page-commands.ts";
import { headline, pageHead, type PageSubject } from "./page-head.ts";
import { pageMeta, pageRows } from "./page-rows.ts";
import { reasonTable } from "./reason-table.ts";
import { readFacts } from "./report-facts.ts";
import { readReportRows } from "./report-rows.ts";
import type { ReportSource } from "./report-source.ts";

/** Most rows in one page: a browser sorts and searches this many without a noticeable pause. */
const MAX_PAGE_ROWS = 100_000;

interface HtmlReportOptions {
  outcomes: readonly string[] | undefined;
  maxRows?: number;
}

/**
 * Yields the report, piece by piece, as one HTML page without external files.
 *
 * If a batch has more rows than fit, the page has the rows that are not done first, and says where all rows are.
 */
export async function* htmlReport(
  source: ReportSource,
  { outcomes, maxRows = MAX_PAGE_ROWS }: HtmlReportOptions,
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
  yield rowsSection(chosen, maxRows, outcomes, await fullReportPath(source)).text;
  yield pageCharts(facts).text;
  yield (await pageApi(source)).text;
  yield provenance(record).text;
  yield "</main>\n";
  yield pageMeta(subject).text;
  for (const selection of selectionsOf(chosen, maxRows, outcomes)) {
    for (const path of paths) {
      if (tally.rows >= maxRows) break;
      for await (const rows of readReportRows(database, store, path, record, { end, outcomes: selection, folder })) {
        const fitting = rows.slice(0, maxRows - tally.rows);
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

function pageStart(subject: PageSubject, { style, styleHash, scriptHash }: PageAssets): string {
  // Allows only the page's own script and style: no request and no other script, whatever the cells contain.
  const policy = `default-src 'none'; script-src ${scriptHash}; style-src ${styleHash}; base-uri 'none'; form-action 'none'`;
  const head = html`
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${headline(subject)} · ${subject.record.id}</title>
  `;
  // The style goes in unchanged: the policy has its hash.
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
  maxRows: number,
  outcomes: readonly string[] | undefined,
  path: string | undefined,
): Html {
  const scope = outcomes
    ? html`<p>Only rows with the outcome ${outcomes.join(", ")}, as the report was requested.</p>`
    : nothing;
  const allRows = path === undefined ? html`the exported CSV has all rows` : html`all rows are in <code>${path}</code>`;
  const cut =
    rows > maxRows
      ? html`<p>
          This page has ${count(maxRows)} of ${counted(rows, "row")}, those that are not done first; ${allRows}.
        </p>`
      : nothing;
  return html`<section class="rows-section" aria-labelledby="rows-title">
    <h2 id="rows-title">${counted(Math.min(rows, maxRows), "row")}${rows > maxRows ? ` of ${count(rows)}` : ""}</h2>
    ${scope}${cut}
    <noscript>
      <p>Only the table of rows needs JavaScript. The exported CSV has the same rows.</p>
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
    <h2 id="provenance-title">Inputs and checksums</h2>
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
      Planned ${created_at}, digest <code>${input_digest}</code>. If the batch has ended, a report that is written to a
      file has a <code>.manifest.json</code> next to it, with its checksum and the digest of the results.
    </p>
  </section>`;
}

function pageEnd({ script }: PageAssets): string {
  return `<script>${script}</script>
</body>
</html>
`;
}
