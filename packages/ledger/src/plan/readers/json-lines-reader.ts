import { InputError } from "../../ledger-error.ts";
import { createLineSplitter } from "../../files/json-lines.ts";
import type { ColumnOptions } from "../columns/input-columns.ts";
import { readBytes, type InputFile } from "../files/input-file.ts";
import { addUnreadable, createJsonRecords } from "./json-record.ts";
import type { RowTable } from "../row-table.ts";

/** Characters of one line. A longer one must not fill the memory. */
const LINE_SIZE = 1 << 23;

/** Reads one JSON object per line. A line without one becomes an error. Returns the number of lines with rows. */
export async function readJsonLines(input: InputFile, options: ColumnOptions, table: RowTable): Promise<number> {
  const records = createJsonRecords(input.name, options, table);
  const splitter = createLineSplitter();
  let line = 0;
  let lineCount = 0;

  function take(text: string): void {
    line++;
    const trimmed = text.trim();
    if (trimmed === "") return;
    lineCount++;
    let value: unknown;
    try {
      value = JSON.parse(trimmed);
    } catch {
      addUnreadable(table, line, trimmed, "is not valid JSON");
      return;
    }
    records.add(value, line, trimmed);
  }

  for await (const bytes of readBytes(input.path)) {
    for (const text of splitter.push(bytes)) take(text);
    if (splitter.pendingLength() > LINE_SIZE) throw tooLong(input.name, line + 1);
  }
  const rest = splitter.end();
  if (rest !== "") take(rest);
  records.end();
  table.flush();
  return lineCount;
}

function tooLong(file: string, line: number): InputError {
  const reason = `longer than ${LINE_SIZE >> 20} MiB`;
  const advice = "Write one object per line, or add --format json if the file is an array.";
  return new InputError(`${file}, line ${line}: ${reason}. ${advice}`, [
    { severity: "error", file, line, value: "", reason, advice },
  ]);
}
