// The code of the report's page. The page makes no request; what it shows is in the document.
import { columnsOf, OUTCOME_AT } from "./column.ts";
import { enableCopyButtons } from "./copy-buttons.ts";
import { element } from "./element.ts";
import { readPage } from "./read-page.ts";
import { createRowControls } from "./row-controls.ts";
import { createRowDetails } from "./row-details.ts";
import { RowGrid } from "./row-grid.ts";
import { RowSearch, type RowQuery } from "./row-search.ts";

enableCopyButtons();
const { meta, rows } = readPage();
const place = document.querySelector("#rows");
if (place && rows.length > 0) showRows(place);

function showRows(target: Element): void {
  const search = new RowSearch(rows);
  const outcomes = new Map(meta.outcomes.map((outcome) => [outcome.name, outcome]));
  const rowsByOutcome = new Map<string, number>();
  for (const row of rows) {
    const outcome = String(row[OUTCOME_AT] ?? "");
    rowsByOutcome.set(outcome, (rowsByOutcome.get(outcome) ?? 0) + 1);
  }
  const query: RowQuery = { text: "", outcomes: new Set(), sort: undefined };
  const details = createRowDetails(meta);
  const grid = new RowGrid({
    columns: columnsOf(meta),
    rows,
    wordsOf: (outcome) => outcomes.get(outcome)?.words ?? outcome,
    isSucceeded: (outcome) => outcomes.get(outcome)?.isSucceeded ?? false,
    onSort(sort) {
      query.sort = sort;
      show();
    },
    onOpen: details.open,
  });
  const controls = createRowControls({
    meta,
    rowsByOutcome,
    onChange(text, chosen) {
      query.text = text;
      query.outcomes = chosen;
      show();
    },
  });
  const help = element(
    "p",
    { id: "grid-help", class: "hint" },
    "Arrow keys move, Enter opens a row or sorts by a column, / searches.",
  );
  const printNote = element("p", { class: "print-only" }, "On paper: the first 1,000 of the rows found.");
  target.append(controls.element, grid.element, help, printNote, details.element);
  show();

  function show(): void {
    const order = search.find(query);
    grid.show(order);
    controls.say(order.length, rows.length);
  }
}
