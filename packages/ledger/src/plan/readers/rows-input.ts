import { Readable } from "node:stream";
import { errorMessage } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";
import type { PlanInput, RowsInput } from "../plan-request.ts";

/** Rows are gathered to pieces of so many characters. */
const PIECE_SIZE = 1 << 16;

export function isRowsInput(input: PlanInput | RowsInput): input is RowsInput {
  return "rows" in input;
}

/** Rows in memory become what a pipe of JSON lines would be: one way of reading for all. */
export function asFileInput(input: PlanInput | RowsInput): PlanInput {
  if (!isRowsInput(input)) return input;
  const name = input.name ?? "rows";
  return { path: "-", format: "jsonl", name, stream: Readable.from(linesOf(input.rows, name)) };
}

async function* linesOf(rows: RowsInput["rows"], name: string): AsyncGenerator<string> {
  let piece = "";
  let line = 0;
  for await (const row of rows) {
    piece += `${textOf(row, name, ++line)}\n`;
    if (piece.length < PIECE_SIZE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

function textOf(row: object, name: string, line: number): string {
  try {
    // What has no form in JSON is a error of its row, as any other value that is no object.
    return JSON.stringify(row) ?? "null";
  } catch (error) {
    const reason = `cannot be written as JSON: ${errorMessage(error).split("\n")[0] ?? ""}`;
    throw new InputError(
      `${name}, row ${line}: ${reason}.`,
      [{ severity: "error", file: name, line, value: "", reason }],
      {
        cause: error,
      },
    );
  }
}
