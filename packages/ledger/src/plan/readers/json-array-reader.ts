import { StringDecoder } from "node:string_decoder";
import { InputError } from "../../ledger-error.ts";
import type { ColumnOptions } from "../columns/input-columns.ts";
import { readBytes, type InputFile } from "../files/input-file.ts";
import { createArraySplitter, JsonArrayError, type ArrayElement } from "./json-array-splitter.ts";
import { createJsonRecords } from "./json-record.ts";
import type { RowTable } from "../row-table.ts";

/**
 * Reads an array of JSON objects. The line of an element is the one on which it begins. Throws `InputError` if the
 * array itself is broken, because the ends of its elements are then unknown. Returns the number of elements.
 */
export async function readJsonArray(input: InputFile, options: ColumnOptions, table: RowTable): Promise<number> {
  const records = createJsonRecords(input.name, options, table);
  const splitter = createArraySplitter();
  const decoder = new StringDecoder("utf8");
  let elementCount = 0;

  function take(elements: ArrayElement[]): void {
    for (const { text, line } of elements) {
      elementCount++;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        throw new JsonArrayError("has an element that is not valid JSON", line);
      }
      records.add(value, line, text);
    }
  }

  try {
    for await (const bytes of readBytes(input.path)) {
      take(splitter.push(decoder.write(bytes)));
    }
    take(splitter.push(decoder.end()));
    splitter.end();
  } catch (error) {
    throw error instanceof JsonArrayError ? brokenArray(input.name, error) : error;
  }
  records.end();
  table.flush();
  return elementCount;
}

function brokenArray(file: string, error: JsonArrayError): InputError {
  const { line, message: reason } = error;
  const advice = "Fix the array or, if the file has one object per line, add --format jsonl.";
  return new InputError(
    `${file} is not a JSON array: line ${line} ${reason}. ${advice}`,
    [{ severity: "error", file, line, value: "", reason, advice }],
    { cause: error },
  );
}
