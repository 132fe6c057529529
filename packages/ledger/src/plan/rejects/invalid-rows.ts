import { isObject } from "@caselink/common";
import type { Cell, Database } from "../../database.ts";
import { visibleText } from "../../visible-text.ts";
import type { InputNames } from "../checks/find-errors.ts";
import { LONGEST, type CheckedField } from "../limits.ts";
import { rangesWithErrors } from "../row-sql.ts";
import { RULE_ORDER } from "../row-table.ts";
import type { RejectSource } from "./reject-source.ts";
import { invalidSql } from "../checks/value-rules.ts";

/** An invalid row as the rejects file has it. */
export interface InvalidRow {
  /** Index of its input. */
  file: number;
  values: Record<CheckedField, string>;
  /** The place of the related id's column among those of the input, from 0. */
  relatedColumn: number;
  /**
   * Fields that are written as empty because the format of the rejects file would make their invalid values valid. The row
   * stays invalid until someone enters a value.
   */
  leftOut: ReadonlySet<CheckedField>;
  other: Record<string, unknown>;
  /** All errors, each with its line, column and value in the input. */
  reason: string;
  /** See {@link ReaderError.raw}. */
  raw: string | null;
}

/** The facts about the inputs that name the place of an error. */
export interface RejectedInputs {
  sources: readonly RejectSource[];
  names: InputNames;
  /** Rows without a group have the group of the request. */
  hasGroupId: boolean;
}

/** An error of a row as the table `row_error` has it. */
interface FoundError {
  ruleOrder: number;
  field: CheckedField | undefined;
  column: string | undefined;
  value: string;
  reason: string;
  advice: string | undefined;
  /** The value of the field is invalid in any form of input. */
  isInvalid: boolean;
}

const FIELDS = Object.keys(LONGEST) as CheckedField[];
/** The longest valid id is shown whole. */
const SHOWN = Math.max(...Object.values(LONGEST));

function invalidRowsSql(hasGroupId: boolean, range: string): string {
  const values = FIELDS.map((field) => `WHEN '${field}' THEN i.${field}`).join(" ");
  // One text for each error: to read a cell of a result costs more than the cell.
  return `CREATE OR REPLACE TEMP TABLE invalid_row AS
SELECT json_array("row", file, line, case_id, related_id, group_id, other, raw, related_column,
  rule_order, field, column_name, value, reason, advice, CAST(coalesce(${invalidSql("field", "whole", hasGroupId)}, false) AS INTEGER))
FROM (
  SELECT i.*, r.raw, e.rule_order, e.field, e.column_name, e.value, e.reason, e.advice, CASE e.field ${values} END AS whole
  FROM (SELECT * FROM row_error WHERE "row" ${range}) e JOIN (SELECT * FROM input WHERE "row" ${range}) i USING ("row")
    LEFT JOIN (SELECT "row", any_value(raw) AS raw FROM reader_error WHERE "row" ${range} GROUP BY "row") r USING ("row"))
ORDER BY "row", rule_order, value`;
}

/** Reads the invalid rows in the order of the input, piece by piece. A piece is read once, and before the next. */
export async function* readInvalidRows(
  database: Database,
  inputs: RejectedInputs,
): AsyncGenerator<Iterable<InvalidRow>> {
  for (const range of await rangesWithErrors(database)) {
    // A statement that needs more memory is run again with more; a stream must fit from the start.
    await database.run(invalidRowsSql(inputs.hasGroupId, range));
    yield* invalidRowsOf(database.stream("SELECT * FROM invalid_row"), inputs);
  }
}

async function* invalidRowsOf(pieces: AsyncIterable<Cell[][]>, inputs: RejectedInputs) {
  let open: Cell[][] = [];
  function* rowsOf(lines: readonly Cell[][]): Generator<InvalidRow> {
    for (const [text] of lines) {
      const cells = JSON.parse(String(text)) as Cell[];
      if (open[0] !== undefined && open[0][0] !== cells[0]) {
        yield invalidRow(open, inputs);
        open = [];
      }
      open.push(cells);
    }
  }
  for await (const lines of pieces) yield rowsOf(lines);
  if (open.length > 0) yield [invalidRow(open, inputs)];
}

function foundError(cells: readonly Cell[]): FoundError {
  const [ruleOrder, field, column, value, reason, advice, isInvalid] = cells;
  return {
    ruleOrder: Number(ruleOrder),
    field: FIELDS.find((name) => name === field),
    column: text(column),
    value: text(value) ?? "",
    reason: String(reason),
    advice: text(advice),
    isInvalid: isInvalid === 1,
  };
}

function text(cell: Cell | undefined): string | undefined {
  return cell === null || cell === undefined ? undefined : String(cell);
}

function shown(value: string): string {
  return JSON.stringify(visibleText(value, SHOWN));
}

/** @param found the row's lines of the table `invalid_row`, one for each of its errors */
function invalidRow(found: readonly Cell[][], { sources, names, hasGroupId }: RejectedInputs): InvalidRow {
  const [, fileCell, line, ticket, related, group, otherCell, rawCell, columnCell] = found[0] ?? [];
  const relatedColumn = Number(columnCell);
  const file = Number(fileCell);
  const values = { case_id: String(ticket), related_id: String(related), group_id: String(group) };
  const raw = text(rawCell) ?? null;
  const errors = found.map((cells) => foundError(cells.slice(9)));
  const leftOut = new Set(
    errors
      .map((error) => fieldThatWouldPass(raw, error, sources[file]))
      // An empty group would get the group of the request.
      .map((field) => (field === "group_id" && hasGroupId ? "case_id" : field))
      .filter((field) => field !== undefined),
  );
  const place = `${names.file(file)} line ${Number(line)}`;
  const reasons = errors.map(({ field, column, value, reason, advice }) => {
    const name = column ?? (field === undefined ? undefined : names.column(file, field, relatedColumn));
    const where = `${place}, ${name === undefined ? "" : `${visibleText(name)} `}${shown(value)}`;
    return `${where}: ${reason}${advice === undefined ? "" : `; ${advice}`}`;
  });
  for (const field of leftOut) {
    if (errors.some((error) => error.field === field)) continue;
    const where = `${place}, ${names.column(file, field, relatedColumn)} ${shown(values[field])}`;
    reasons.push(
      `${where}: left out so that the row stays invalid until someone checks it; enter it again to send the row`,
    );
  }
  const written = { ...values };
  for (const field of leftOut) written[field] = "";
  const other = objectOf(text(otherCell) ?? "{}");
  return { file, values: written, relatedColumn, leftOut, other, raw, reason: reasons.join(" | ") };
}

/**
 * Returns the field whose invalid value the form of the rejects file would make valid; undefined if the row stays
 * invalid.
 */
function fieldThatWouldPass(
  raw: string | null,
  { ruleOrder, field, column, isInvalid }: FoundError,
  source: RejectSource | undefined,
): CheckedField | undefined {
  if (ruleOrder === RULE_ORDER.itself) return undefined;
  const table = source?.table;
  // A JSON value keeps its form, and so does a line that is no record.
  if (ruleOrder === RULE_ORDER.reader && !table) return undefined;
  if (field !== undefined) return isInvalid ? undefined : field;
  const { names = [], related = [], group } = table?.columns ?? {};
  const cells: unknown = raw === null ? undefined : JSON.parse(raw);
  if (Array.isArray(cells) && cells.length !== names.length) return undefined;
  const index = column === undefined ? -1 : names.indexOf(column);
  if (related.some((found) => found.index === index)) return "related_id";
  return index === group ? "group_id" : "case_id";
}

function objectOf(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json);
  return isObject(value) ? value : {};
}
