// The script of the report's page. The page makes no request: all data is in the document.
import { columnsOf, OUTCOME_INDEX, stackedColumnsOf } from "./column.ts";
import { enableCopyButtons } from "./copy-buttons.ts";
import { element } from "./element.ts";
import { enablePicks } from "./picks.ts";
import { readPage } from "./read-page.ts";
import { createRowControls } from "./row-controls.ts";
import { createRowDetails } from "./row-details.ts";
import { RowGrid } from "./row-grid.ts";
import { RowSearch, type RowQuery } from "./row-search.ts";
import { say, useTranslations } from "./say.ts";

enableCopyButtons();
const { meta, rows } = readPage();
if (meta.texts) useTranslations(meta.texts);
const container = document.querySelector("#rows");
if (container && rows.length > 0) showRows(container);

function showRows(target: Element): void {
  const outcomes = new Map(meta.outcomes.map((outcome) => [outcome.name, outcome]));
  const isSucceeded = (outcome: string): boolean => outcomes.get(outcome)?.isSucceeded ?? false;
  const labelOf = (outcome: string): string => outcomes.get(outcome)?.label ?? outcome;
  // First the rows that are not done, then those without an outcome, then those that succeeded.
  const search = new RowSearch(
    rows,
    (outcome) => (isSucceeded(outcome) ? 2 : outcome === "" ? 1 : 0),
    // The rows have the English names of the outcomes.
    meta.texts ? labelOf : undefined,
  );
  const rowsByOutcome = new Map<string, number>();
  for (const row of rows) {
    const outcome = String(row[OUTCOME_INDEX] ?? "");
    rowsByOutcome.set(outcome, (rowsByOutcome.get(outcome) ?? 0) + 1);
  }
  const isMixed = [...rowsByOutcome.keys()].some((outcome) => outcome !== "" && !isSucceeded(outcome));
  const query: RowQuery = { text: "", outcomes: new Set(), reason: undefined, sort: undefined };
  const details = createRowDetails(meta);
  const columns = columnsOf(meta, rows);
  const grid = new RowGrid({
    columns,
    stackedColumns: stackedColumnsOf(columns),
    rows,
    labelOf,
    needsAttention: (outcome) => outcome !== "" && !isSucceeded(outcome),
    onSort(sort) {
      query.sort = sort;
      show();
    },
    onOpen: details.open,
  });
  const controls = createRowControls({
    meta,
    rowsByOutcome,
    onChange(change) {
      Object.assign(query, change);
      show();
    },
  });
  const help = element(
    "p",
    { id: "grid-help", class: "hint" },
    say("Arrow keys move, Enter opens a row or sorts by a column, / searches."),
  );
  const printNote = element(
    "p",
    { class: "print-only" },
    say("Printed: the first 1,000 rows found, without the input's other columns."),
  );
  target.append(controls.element, grid.element, help, printNote, details.element);
  enablePicks(
    meta,
    (outcome) => rowsByOutcome.has(outcome),
    (picked) => {
      controls.choose(picked);
      document.querySelector("#rows-title")?.scrollIntoView();
      grid.focus();
    },
  );
  show();

  function show(): void {
    const order = search.find(query);
    grid.show(order);
    const isNotDoneFirst = isMixed && query.sort === undefined && order.length === rows.length;
    controls.showCount(order.length, rows.length, isNotDoneFirst);
  }
}
