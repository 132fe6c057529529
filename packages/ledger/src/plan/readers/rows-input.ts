import { Readable } from "node:stream";
import { errorMessage } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";
import type { PlanInput, RowsInput } from "../plan-request.ts";

/** Characters of a piece of text, which holds many rows. */
const PIECE_SIZE = 1 << 16;

export function isRowsInput(input: PlanInput | RowsInput): input is RowsInput {
  return "rows" in input;
}

/** Turns rows in memory into a stream of JSON lines, so that there is one way to read all inputs. */
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
    // A value that JSON cannot represent becomes an error of its row, like any other value that is not an object.
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
