import { canSucceedLater, hasSucceeded } from "../outcome-words.ts";
import { count, counted } from "./format-numbers.ts";
import { html, type Html } from "./html-text.ts";
import { outcomesOf, type PageSubject } from "./page-head.ts";

type Step = [name: string, command: string, what: string];

/** What can be done with the batch from here on, each as a command to copy. */
export function pageCommands(subject: PageSubject): Html {
  const steps = stepsOf(subject).map(
    ([name, command, what]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>
          <code>${wordsOf(command)}</code
          ><button
            type="button"
            class="copy"
            data-copy="${command}"
            aria-label="Copy the command to ${name.toLowerCase()}"
            hidden
          >
            Copy</button
          ><small>${what}</small>
        </dd>
      </div>`,
  );
  return html`<section aria-labelledby="commands-title">
    <h2 id="commands-title">Go on with</h2>
    <dl class="commands">${steps}</dl>
  </section>`;
}

function wordsOf(command: string): Html[] {
  return command.split(" ").map((word, at) => html`${at > 0 ? " " : ""}<span>${word}</span>`);
}

function stepsOf({ record, end, facts }: PageSubject): Step[] {
  const { id } = record;
  const csv: Step = ["Export", `caselink report ${id} --format csv --out ${id}.csv`, "every row, for a spreadsheet"];
  if (!end) {
    return [
      ["Follow", `caselink attach ${id}`, "to the end; in local mode it also carries on what was interrupted"],
      ["Look", `caselink status ${id}`, "where it stands now"],
      csv,
    ];
  }
  const steps: Step[] = [];
  const later = outcomesOf(facts).filter(([outcome]) => canSucceedLater(outcome));
  const rows = later.reduce((total, [, n]) => total + n, 0);
  if (rows > 0) {
    steps.push(
      record.kind === "undo"
        ? ["Retry", `caselink undo ${record.of ?? ""}`, `takes up the ${counted(rows, "row")} that are left`]
        : [
            "Retry",
            `caselink retry ${record.of ?? id}`,
            `a new batch of the ${counted(rows, "row")} that could still succeed`,
          ],
    );
  }
  const lasting = outcomesOf(facts).filter(([outcome]) => !hasSucceeded(outcome) && !canSucceedLater(outcome));
  if (record.kind === "create" && lasting.length > 0) {
    const mended = lasting.reduce((total, [, n]) => total + n, 0);
    steps.push(
      [
        "Mend",
        `caselink report ${id} --outcome refused --out mend.csv`,
        `the ${counted(mended, "row")} that would be refused again, with the reasons; mend them there`,
      ],
      ["Then", "caselink run mend.csv", "a report's rows are an input: they become a batch of their own"],
    );
  }
  const created = facts.outcomes.get("created") ?? 0;
  steps.push(["Verify", `caselink verify ${id}`, "lists every ticket again and compares it with this report"]);
  if (record.kind === "create" && created > 0) {
    steps.push(["Undo", `caselink undo ${id}`, `removes exactly the ${count(created)} created here`]);
  }
  return [...steps, csv];
}
