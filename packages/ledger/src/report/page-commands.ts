import { count } from "@caselink/common";
import { canSucceedLater, hasSucceeded } from "../outcome.ts";
import { html, type Html } from "./html-text.ts";
import { outcomesOf, type PageSubject } from "./page-head.ts";
import type { PageWords } from "./page-words.ts";

type Step = [name: string, command: string, explanation: string];

/** The next steps for the batch, each as a command to copy. */
export function pageCommands(subject: PageSubject, words: PageWords): Html {
  const { t } = words;
  const steps = stepsOf(subject, words).map(
    ([name, command, explanation]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>
          <code>${wordsOf(command)}</code
          ><button
            type="button"
            class="copy"
            data-copy="${command}"
            aria-label="${t`Copy the ${name.toLowerCase()} command`}"
            hidden
          >
            ${t`Copy`}</button
          ><small>${explanation}</small>
        </dd>
      </div>`,
  );
  return html`<section aria-labelledby="commands-title">
    <h2 id="commands-title">${t`Next steps`}</h2>
    <dl class="commands">${steps}</dl>
  </section>`;
}

function wordsOf(command: string): Html[] {
  return command.split(" ").map((word, at) => html`${at > 0 ? " " : ""}<span>${word}</span>`);
}

function stepsOf({ record, end, facts }: PageSubject, { t, counted }: PageWords): Step[] {
  const { id } = record;
  const csv: Step = [t`Export`, `caselink report ${id} --format csv --out ${id}.csv`, t`every row, for a spreadsheet`];
  if (!end) {
    return [
      [t`Follow`, `caselink attach ${id}`, t`to the end; in local mode also continues an interrupted batch`],
      [t`Status`, `caselink status ${id}`, t`shows the current progress`],
      csv,
    ];
  }
  const steps: Step[] = [];
  const later = outcomesOf(facts).filter(([outcome]) => canSucceedLater(outcome));
  const rows = later.reduce((total, [, n]) => total + n, 0);
  if (rows > 0) {
    steps.push(
      record.kind === "undo"
        ? [t`Retry`, `caselink undo ${record.of ?? ""}`, t`a new undo of the ${counted(rows, "row")} that are left`]
        : [
            t`Retry`,
            `caselink retry ${record.of ?? id}`,
            t`a new batch of the ${counted(rows, "row")} that could still succeed`,
          ],
    );
  }
  const lasting = outcomesOf(facts).filter(([outcome]) => !hasSucceeded(outcome) && !canSucceedLater(outcome));
  if (record.kind === "create" && lasting.length > 0) {
    const toFix = lasting.reduce((total, [, n]) => total + n, 0);
    steps.push(
      [
        t`Fix`,
        `caselink report ${id} --outcome needs-fix --out fix.csv`,
        t`the ${counted(toFix, "row")} that would fail again unchanged, with the reasons; correct them in the file`,
      ],
      [t`Run`, "caselink run fix.csv", t`a report can be an input: its rows become a new batch`],
    );
  }
  const created = facts.outcomes.get("created") ?? 0;
  steps.push([t`Verify`, `caselink verify ${id}`, t`lists every ticket again and compares it with this report`]);
  if (record.kind === "create" && created > 0) {
    steps.push([t`Undo`, `caselink undo ${id}`, t`removes exactly the ${count(created)} created here`]);
  }
  return [...steps, csv];
}
