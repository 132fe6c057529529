import { count } from "@caselink/common";
import { outcomeWords } from "../outcome.ts";
import { html, nothing, type Html } from "./html-text.ts";
import { OUTCOME_MEANINGS } from "./outcome-meanings.ts";
import type { PageWords } from "./page-words.ts";
import { swatch } from "./swatch.ts";
import type { Reason, ReportFacts } from "./report-facts.ts";

/**
 * The reasons why rows are not done, the most frequent first. The page's code makes each row of the table a link that
 * shows the report's rows with that reason.
 */
export function reasonTable({ reasons, furtherReasons, tickets }: ReportFacts, words: PageWords): Html {
  if (reasons.length === 0) return nothing;
  const { t, counted } = words;
  const rows = reasons.map((reason, index) => reasonRow(reason, index, words));
  const { kinds } = furtherReasons;
  const further =
    kinds > 0
      ? html`<tr>
          <th scope="row" colspan="2">${counted(kinds, "further reason")}</th>
          <td class="tickets"></td>
          <td>${count(furtherReasons.rows)}</td>
        </tr>`
      : nothing;
  return html`<section aria-labelledby="reasons-title">
    <h2 id="reasons-title">${t`${counted(tickets.notSucceeded, "ticket")} with rows that are not done`}</h2>
    <div class="sideways" tabindex="0" role="region" aria-label="${t`Rows not done by reason`}">
      <table class="figures reasons">
        <caption class="unseen">
          ${t`Rows not done by reason`}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t`Outcome`}</th>
            <th scope="col" class="text">${t`Reason`}</th>
            <th scope="col" class="tickets">${t`Tickets`}</th>
            <th scope="col">${t`Rows`}</th>
          </tr>
        </thead>
        <tbody>
          ${rows}${further}
        </tbody>
      </table>
    </div>
  </section>`;
}

function reasonRow({ outcome, code, message, rows, tickets }: Reason, index: number, { translated }: PageWords): Html {
  return html`<tr class="attention" data-outcome="${outcome}" data-reason="${index}">
    <th scope="row">${swatch("not-done")}<a>${translated(outcomeWords[outcome])}</a></th>
    <td class="text">
      <bdi>${translated(message ?? OUTCOME_MEANINGS[outcome])}</bdi
      >${code === null ? nothing : html` <small class="code">${code}</small>`}
    </td>
    <td class="tickets">${count(tickets)}</td>
    <td>${count(rows)}</td>
  </tr>`;
}
