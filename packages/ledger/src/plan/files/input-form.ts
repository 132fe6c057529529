import { extname } from "node:path";
import { InputError } from "../../ledger-error.ts";
import type { InputFormat, TextFormat } from "../plan-request.ts";

/** The form by the name's ending; other endings are decided by the content. */
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

/** The forms that are no text, by how they begin. */
export function binaryForm(head: Buffer): "xlsx" | "parquet" | undefined {
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return "xlsx";
  return startsWith(head, [0x50, 0x41, 0x52, 0x31]) ? "parquet" : undefined;
}

/** How files that are no form of input begin, and what to do with them. */
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

/** Throws `InputError` where the content is of a kind that is no input. */
export function assertFormat(name: string, head: Buffer): void {
  const kind = OTHER_KINDS.find(([start]) => startsWith(head, start));
  if (!kind) return;
  const [, what, advice] = kind;
  throw new InputError(`${name} is ${what}. ${advice}`, [
    { severity: "error", file: name, line: 1, value: "", reason: `is ${what}`, advice },
  ]);
}

/** `.gz` left out. */
function endingOf(path: string): string {
  return extname(path.replace(/\.gz$/i, "")).toLowerCase();
}

/** Whether the name of a file tells its form. */
export function hasKnownEnding(path: string): boolean {
  return Object.hasOwn(FORMATS, endingOf(path));
}

/** The form of a text: as asked for, by the name's ending (`.gz` left out), else by the content. */
export function textForm(path: string, asked: InputFormat | undefined, head: Buffer, name: string): TextFormat {
  const form = asked ?? FORMATS[endingOf(path)] ?? sniffFormat(head);
  if (form === "xlsx" || form === "parquet") {
    const what = form === "xlsx" ? "a spreadsheet (XLSX)" : "Parquet";
    const advice = "Give it the ending of what it is, or name its form with --format.";
    throw new InputError(`${name} is not ${what}: it does not begin as one. ${advice}`, [
      { severity: "error", file: name, line: 1, value: "", reason: `is not ${what}`, advice },
    ]);
  }
  if ((form === "csv" || form === "tsv") && /^\ufeff?\s*<(?:!doctype|html|\?xml|table)/i.test(head.toString("utf8"))) {
    // What many web consoles call an Excel export.
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
  return text.startsWith("{") ? "jsonl" : "csv";
}

function startsWith(head: Buffer, start: readonly number[]): boolean {
  return start.every((byte, index) => head[index] === byte);
}
