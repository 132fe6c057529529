import { ownValue } from "@caselink/common";
import type { BatchRecord } from "../batch/batch-record.ts";
import type { PageMeta, PageRow } from "../page/page-data.ts";
import { hasSucceeded, outcomeWords } from "../outcome.ts";
import { PAGE_TEXTS } from "../page/page-texts.ts";
import { html, scriptJson, type Html } from "./html-text.ts";
import { outcomesOf, type PageSubject } from "./page-head.ts";
import type { PageWords } from "./page-words.ts";
import { REPORT_COLUMNS } from "./report-row.ts";
import { reportNames } from "./report-format.ts";
import type { ReportRow } from "./report-row.ts";

/** The data that the page's code needs in addition to the rows. */
export function pageMeta({ record, facts }: PageSubject, words: PageWords): Html {
  const texts = words.dictionary(PAGE_TEXTS);
  const meta: PageMeta = {
    columns: reportNames(record.columns),
    reasons: facts.reasons.map(({ outcome, code, message }) => ({
      outcome,
      code,
      message: message === null ? null : words.translated(message),
    })),
    outcomes: [
      ...outcomesOf(facts).map(([name, rows]) => ({
        name,
        label: words.translated(outcomeWords[name]),
        rows,
        isSucceeded: hasSucceeded(name),
      })),
      ...(facts.waiting > 0 ? [{ name: "", label: words.t`waiting`, rows: facts.waiting, isSucceeded: false }] : []),
    ],
    ...(texts && { texts }),
  };
  return html`<script type="application/json" id="meta">
    ${scriptJson(meta)}
  </script> `;
}

/** Some of the rows, in the form that the page's code reads. */
export function pageRows(rows: readonly ReportRow[], { columns }: BatchRecord, words: PageWords): Html {
  const cells = rows.map((row): PageRow => [
    ...REPORT_COLUMNS.map((name) =>
      name === "error_message" && row[name] !== null ? words.translated(row[name]) : row[name],
    ),
    ...columns.map((name) => textOf(ownValue(row.other, name))),
  ]);
  return html`<script type="application/json" class="rows">
    ${scriptJson(cells)}
  </script> `;
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
