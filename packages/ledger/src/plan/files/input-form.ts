import { extname } from "node:path";
import { isObject } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";
import { ROLE_OF_FIELD, roleOfAlias, sameName } from "../columns/column-names.ts";
import type { InputFormat, TextFormat } from "../plan-request.ts";

/** Formats by file ending. For other endings the content decides. */
const FORMATS: Record<string, InputFormat> = {
  ".xlsx": "xlsx",
  ".xlsm": "xlsx",
  ".parquet": "parquet",
  ".csv": "csv",
  ".tsv": "tsv",
  ".tab": "tsv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".json": "json",
};

export function isGzip(head: Buffer): boolean {
  return startsWith(head, [0x1f, 0x8b]);
}

/** Returns the binary format of a file by its first bytes; undefined if it is text. */
export function binaryForm(head: Buffer): "xlsx" | "parquet" | undefined {
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return "xlsx";
  return startsWith(head, [0x50, 0x41, 0x52, 0x31]) ? "parquet" : undefined;
}

/** Formats that are not supported: their first bytes, name, and what the user can do. */
const OTHER_KINDS: [start: number[], what: string, advice: string][] = [
  [
    [0xd0, 0xcf, 0x11, 0xe0],
    "an old spreadsheet (XLS), or one with a password",
    "Save it as XLSX without a password, or as CSV UTF-8.",
  ],
  [[0x50, 0x41, 0x52, 0x45], "encrypted Parquet", "Write it without encryption."],
  [[0x50, 0x4b, 0x05, 0x06], "an empty archive", "Save the sheet as XLSX or CSV UTF-8."],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd", "Unpack it first, or compress it with gzip."],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "compressed with xz", "Unpack it first, or compress it with gzip."],
  [[0x42, 0x5a, 0x68], "compressed with bzip2", "Unpack it first, or compress it with gzip."],
  [[0x25, 0x50, 0x44, 0x46, 0x2d], "a PDF", "Save the table as CSV UTF-8."],
];

/** Throws `InputError` if the content has a known format that is not supported. */
export function assertFormat(name: string, head: Buffer): void {
  const kind = OTHER_KINDS.find(([start]) => startsWith(head, start));
  if (!kind) return;
  const [, what, advice] = kind;
  throw new InputError(`${name} is ${what}. ${advice}`, [
    { severity: "error", file: name, line: 1, value: "", reason: `is ${what}`, advice },
  ]);
}

/** Returns the file ending, `.gz` ignored. */
function endingOf(path: string): string {
  return extname(path.replace(/\.gz$/i, "")).toLowerCase();
}

/** Returns whether a file's ending shows its format. */
export function hasKnownEnding(path: string): boolean {
  return Object.hasOwn(FORMATS, endingOf(path));
}

/** Returns the format of a text: the one asked for, else by the file ending (`.gz` ignored), else by the content. */
export function textForm(path: string, asked: InputFormat | undefined, head: Buffer, name: string): TextFormat {
  const form = asked ?? FORMATS[endingOf(path)] ?? sniffFormat(head);
  if (form === "xlsx" || form === "parquet") {
    const what = form === "xlsx" ? "a spreadsheet (XLSX)" : "Parquet";
    const advice = "Give it the file ending of its format, or name the format with --format.";
    throw new InputError(`${name} is not ${what}: its first bytes are different. ${advice}`, [
      { severity: "error", file: name, line: 1, value: "", reason: `is not ${what}`, advice },
    ]);
  }
  if ((form === "csv" || form === "tsv") && /^\ufeff?\s*<(?:!doctype|html|\?xml|table)/i.test(head.toString("utf8"))) {
    // Many web consoles export HTML under the name of Excel.
    const advice = "Open it in a spreadsheet and save it as CSV UTF-8.";
    throw new InputError(`${name} is a web page or XML, not a table of text. ${advice}`, [
      { severity: "error", file: name, line: 1, value: "", reason: "is a web page or XML", advice },
    ]);
  }
  return form;
}

function sniffFormat(head: Buffer): TextFormat {
  const text = head.toString("utf8").trimStart();
  if (text.startsWith("[")) return "json";
  if (!text.startsWith("{")) return "csv";
  return isWrapper(text) ? "json" : "jsonl";
}

/** The first list of the object has objects. */
const HAS_OBJECTS = /^\{(?:[^"[\]{}]|"(?:[^"\\]|\\.)*")*\[\s*\{/s;

/**
 * Returns whether the beginning of a text is one object, not an object on each line: its first line is not whole, or the
 * object has a list of objects and no ticket.
 */
function isWrapper(text: string): boolean {
  const [line = "", ...rest] = text.split("\n");
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value) || rest.some((other) => other.trim() !== "")) return false;
    return HAS_OBJECTS.test(line) && !Object.keys(value).some(isTicketName);
  } catch {
    return rest.length > 0 ? !line.trimEnd().endsWith("}") : HAS_OBJECTS.test(text);
  }
}

function isTicketName(name: string): boolean {
  return (ROLE_OF_FIELD.get(sameName(name)) ?? roleOfAlias(name)) === "ticket";
}

function startsWith(head: Buffer, start: readonly number[]): boolean {
  return start.every((byte, index) => head[index] === byte);
}
