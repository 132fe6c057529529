import { StringDecoder } from "node:string_decoder";
import { InputError } from "../../ledger-error.ts";
import type { ColumnOptions } from "../columns/input-columns.ts";
import { readBytes, readHead, type InputFile } from "../files/input-file.ts";
import { createArraySplitter, JsonArrayError, type ArrayElement } from "./json-array-splitter.ts";
import { createJsonRecords } from "./json-record.ts";
import { createWrapperScan, listOfRows, pathText, type WrappedList } from "./json-wrapper.ts";
import type { RowTable } from "../row-table.ts";

/** A wrapper's beginning fits in this many bytes. */
const HEAD_SIZE = 4096;

/**
 * Reads an array of JSON objects, which may be in an object, as APIs return it: `{"data": [...], "total": 1}`. The line of an element is the one on which it begins. Throws `InputError` if the
 * array itself is broken, because the ends of its elements are then unknown. Returns the number of elements.
 */
export async function readJsonArray(input: InputFile, options: ColumnOptions, table: RowTable): Promise<number> {
  const records = createJsonRecords(input.name, options, table, true);
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
    const list = await findWrappedList(input, options);
    if (list) {
      const reason = `the rows are in the list ${pathText(list)}; the rest of the file is not read`;
      table.warn({ line: list.line, value: "", reason, advice: "check that it is the right list" });
    }
    const { start, end, line } = list ?? { start: 0, end: Infinity, line: 1 };
    const splitter = createArraySplitter(line);
    let position = 0;
    for await (const piece of readText(input.path)) {
      take(splitter.push(piece.slice(Math.max(0, start - position), Math.max(0, end - position))));
      position += piece.length;
    }
    splitter.end();
  } catch (error) {
    throw error instanceof JsonArrayError ? brokenArray(input.name, error) : error;
  }
  records.end();
  table.flush();
  return elementCount;
}

/** Returns the list with the rows of a text that begins with an object; undefined if it begins with something else. */
async function findWrappedList({ path }: InputFile, { columnMap }: ColumnOptions): Promise<WrappedList | undefined> {
  const head = (await readHead(path, HEAD_SIZE)).toString("utf8").trimStart();
  if (!head.startsWith("{")) return undefined;
  const scan = createWrapperScan();
  for await (const piece of readText(path)) scan.push(piece);
  return listOfRows(scan.end(), (key) => columnMap.roleOf(key)?.role === "ticket");
}

async function* readText(path: string): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  for await (const bytes of readBytes(path)) yield decoder.write(bytes);
  yield decoder.end();
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
