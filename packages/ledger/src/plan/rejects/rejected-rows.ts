import { isObject } from "@caselink/common";
import type { Cell, Database } from "../../database.ts";
import { visibleText } from "../../visible-text.ts";
import type { FaultNames } from "../find-faults.ts";
import { LONGEST, type CheckedField } from "../limits.ts";
import type { RejectSource } from "./reject-source.ts";
import { refusedSql } from "../value-rules.ts";

/** An invalid row as it is written into the rejects. */
export interface RejectedRow {
  /** Which of the inputs it is from. */
  file: number;
  /** Empty where they are left out. */
  values: Record<CheckedField, string>;
  /** Whose values would pass in the form of the rejects: without them the row stays invalid until someone enters them. */
  leftOut: ReadonlySet<CheckedField>;
  other: Record<string, unknown>;
  /** Every fault, with its place and value in the input. */
  reason: string;
  /** As {@link ReaderFault} has it. */
  raw: string | null;
}

/** What is needed of the inputs to tell where their faults are. */
export interface RejectedInputs {
  sources: readonly RejectSource[];
  names: FaultNames;
  /** Rows without a group have one all the same. */
  hasGroupId: boolean;
}

interface RowFault {
  place: number;
  field: CheckedField | undefined;
  column: string | undefined;
  value: string;
  reason: string;
  advice: string | undefined;
  /** The field's value is refused in any form. */
  isRefused: boolean;
}

interface FaultyRow extends Omit<RejectedRow, "leftOut" | "reason"> {
  row: number;
  line: number;
  faults: RowFault[];
}

const FIELDS = Object.keys(LONGEST) as CheckedField[];
/** Of an association with itself: both ids are there, which is refused again. */
const ITSELF_PLACE = 5;
/** So that an id that is left out is told whole. */
const SHOWN = Math.max(...Object.values(LONGEST));

/** Rows of the input whose faults are sorted at once: few enough for the memory. */
const ROWS_AT_ONCE = 100_000;

function faultsSql(hasGroupId: boolean, range: string): string {
  const values = FIELDS.map((field) => `WHEN '${field}' THEN i.${field}`).join(" ");
  return `CREATE OR REPLACE TEMP TABLE faulty_row AS
SELECT "row", file, line, case_id, related_id, group_id, other, raw, place, field, column_name, value, reason, advice,
  CAST(coalesce(${refusedSql("field", "whole", hasGroupId)}, false) AS INTEGER)
FROM (
  SELECT i.*, r.raw, f.place, f.field, f.column_name, f.value, f.reason, f.advice, CASE f.field ${values} END AS whole
  FROM (SELECT * FROM fault WHERE "row" ${range}) f JOIN (SELECT * FROM input WHERE "row" ${range}) i USING ("row")
    LEFT JOIN (SELECT "row", any_value(raw) AS raw FROM reader_fault WHERE "row" ${range} GROUP BY "row") r USING ("row"))
ORDER BY "row", place, value`;
}

/** The invalid rows in the order of the input, as they come. */
export async function* rejectedRows(database: Database, inputs: RejectedInputs): AsyncGenerator<RejectedRow[]> {
  const parts = await database.all(`SELECT DISTINCT "row" // ${ROWS_AT_ONCE} AS part FROM fault ORDER BY part`);
  for (const { part } of parts) {
    const first = Number(part) * ROWS_AT_ONCE;
    // A statement that does not fit is run again with more memory; what is streamed must fit from the start.
    await database.run(faultsSql(inputs.hasGroupId, `BETWEEN ${first} AND ${first + ROWS_AT_ONCE - 1}`));
    yield* sortedRejects(database.stream("SELECT * FROM faulty_row"), inputs);
  }
}

async function* sortedRejects(pieces: AsyncIterable<Cell[][]>, inputs: RejectedInputs): AsyncGenerator<RejectedRow[]> {
  let open: FaultyRow | undefined;
  for await (const cells of pieces) {
    const rows: RejectedRow[] = [];
    for (const found of cells) {
      const next = faultyRow(found);
      if (open?.row === next.row) open.faults.push(...next.faults);
      else {
        if (open) rows.push(rejectOf(open, inputs));
        open = next;
      }
    }
    yield rows;
  }
  if (open) yield [rejectOf(open, inputs)];
}

function faultyRow(cells: readonly Cell[]): FaultyRow {
  const [row, file, line, ticket, related, group, other, raw, place, field, column, value, reason, advice, refused] =
    cells;
  return {
    row: Number(row),
    file: Number(file),
    line: Number(line),
    values: { case_id: String(ticket), related_id: String(related), group_id: String(group) },
    other: objectOf(text(other) ?? "{}"),
    raw: text(raw) ?? null,
    faults: [
      {
        place: Number(place),
        field: FIELDS.find((name) => name === field),
        column: text(column),
        value: text(value) ?? "",
        reason: String(reason),
        advice: text(advice),
        isRefused: refused === 1,
      },
    ],
  };
}

function text(cell: Cell | undefined): string | undefined {
  return cell === null || cell === undefined ? undefined : String(cell);
}

function shown(value: string): string {
  return JSON.stringify(visibleText(value, SHOWN));
}

function rejectOf(row: FaultyRow, { sources, names, hasGroupId }: RejectedInputs): RejectedRow {
  const { file, line, faults, other, raw } = row;
  const leftOut = new Set(
    faults
      .map((fault) => passingField(row, fault, sources[file]))
      // An empty group is the one for rows without one.
      .map((field) => (field === "group_id" && hasGroupId ? "case_id" : field))
      .filter((field) => field !== undefined),
  );
  const place = `${names.file(file)} line ${line}`;
  const reasons = faults.map(({ field, column, value, reason, advice }) => {
    const name = column ?? (field === undefined ? undefined : names.column(file, field));
    const where = `${place}, ${name === undefined ? "" : `${visibleText(name)} `}${shown(value)}`;
    return `${where}: ${reason}${advice === undefined ? "" : `; ${advice}`}`;
  });
  for (const field of leftOut) {
    if (faults.some((fault) => fault.field === field)) continue;
    const where = `${place}, ${names.column(file, field)} ${shown(row.values[field])}`;
    reasons.push(`${where}: left out until the row is looked at; enter it again if it is to be sent`);
  }
  const values = { ...row.values };
  for (const field of leftOut) values[field] = "";
  return { file, values, leftOut, other, raw, reason: reasons.join(" | ") };
}

/** Whose value the form of the rejects would let pass, though it is at fault; undefined where the row stays invalid as it is. */
function passingField(
  { raw }: FaultyRow,
  { place, field, column, isRefused }: RowFault,
  source: RejectSource | undefined,
): CheckedField | undefined {
  if (place === ITSELF_PLACE) return undefined;
  const table = source?.table;
  // A value of JSON keeps its form, and so does a line that is no record.
  if (place === 0 && !table) return undefined;
  if (field !== undefined) return isRefused ? undefined : field;
  const { names = [], ticket, related, group } = table?.columns ?? {};
  const cells: unknown = raw === null ? undefined : JSON.parse(raw);
  if (Array.isArray(cells) && cells.length !== names.length) return undefined;
  const index = column === undefined ? -1 : names.indexOf(column);
  const at = { case_id: ticket, related_id: related, group_id: group };
  return FIELDS.find((name) => at[name] === index) ?? "case_id";
}

function objectOf(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json);
  return isObject(value) ? value : {};
}
