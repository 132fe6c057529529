import { ownValue } from "@caselink/common";
import type { BatchRecord } from "../batch/batch-record.ts";
import type { PageMeta, PageRow } from "../page/page-data.ts";
import { hasSucceeded, outcomeWords } from "../outcome.ts";
import { html, scriptJson, type Html } from "./html-text.ts";
import { outcomesOf, type PageSubject } from "./page-head.ts";
import { REPORT_COLUMNS } from "./report-row.ts";
import { reportNames } from "./report-format.ts";
import type { ReportRow } from "./report-row.ts";

/** The data that the page's code needs in addition to the rows. */
export function pageMeta({ record, facts }: PageSubject): Html {
  const meta: PageMeta = {
    columns: reportNames(record.columns),
    reasons: facts.reasons.map(({ outcome, code, message }) => ({ outcome, code, message })),
    outcomes: [
      ...outcomesOf(facts).map(([name, rows]) => ({
        name,
        label: outcomeWords[name],
        rows,
        isSucceeded: hasSucceeded(name),
      })),
      ...(facts.waiting > 0 ? [{ name: "", label: "waiting", rows: facts.waiting, isSucceeded: false }] : []),
    ],
  };
  return html`<script type="application/json" id="meta">
    ${scriptJson(meta)}
  </script> `;
}

/** Some of the rows, in the form that the page's code reads. */
export function pageRows(rows: readonly ReportRow[], { columns }: BatchRecord): Html {
  const cells = rows.map((row): PageRow => [
    ...REPORT_COLUMNS.map((name) => row[name]),
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
