import { extname } from "node:path";
import { InputError } from "../ledger-error.ts";
import type { InputFormat } from "./plan-request.ts";

/** The form by the name's ending; other endings are decided by the content. */
const FORMATS: Record<string, InputFormat> = {
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

/** How files that are neither text nor a form of input begin, and what to do with them. */
const OTHER_KINDS: [start: number[], what: string, advice: string][] = [
  [
    [0x50, 0x4b, 0x03, 0x04],
    "a spreadsheet (XLSX) or an archive",
    "It cannot be read yet: save the sheet as CSV UTF-8.",
  ],
  [[0xd0, 0xcf, 0x11, 0xe0], "an old spreadsheet (XLS)", "Save it as CSV UTF-8."],
  [[0x50, 0x41, 0x52, 0x31], "Parquet", "It cannot be read yet: convert it to CSV."],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd", "Unpack it first, or compress it with gzip."],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "compressed with xz", "Unpack it first, or compress it with gzip."],
  [[0x42, 0x5a, 0x68], "compressed with bzip2", "Unpack it first, or compress it with gzip."],
  [[0x25, 0x50, 0x44, 0x46, 0x2d], "a PDF", "Save the table as CSV UTF-8."],
];

/** Throws `InputError` where the content is of a kind that is no input. */
export function assertKind(name: string, head: Buffer): void {
  const kind = OTHER_KINDS.find(([start]) => startsWith(head, start));
  if (!kind) return;
  const [, what, advice] = kind;
  throw new InputError(`${name} is ${what}. ${advice}`, [
    { file: name, line: 1, value: "", reason: `is ${what}`, advice },
  ]);
}

/** The form of a text: as asked for, by the name's ending (`.gz` left out), else by the content. */
export function textForm(path: string, asked: InputFormat | undefined, head: Buffer, name: string): InputFormat {
  const ending = extname(path.replace(/\.gz$/i, "")).toLowerCase();
  const form = asked ?? FORMATS[ending] ?? sniffFormat(head);
  if ((form === "csv" || form === "tsv") && /^\ufeff?\s*<(?:!doctype|html|\?xml|table)/i.test(head.toString("utf8"))) {
    // What many web consoles call an Excel export.
    const advice = "Open it in a spreadsheet and save it as CSV UTF-8.";
    throw new InputError(`${name} is a web page or XML, not a table of text. ${advice}`, [
      { file: name, line: 1, value: "", reason: "is a web page or XML", advice },
    ]);
  }
  return form;
}

function sniffFormat(head: Buffer): InputFormat {
  const text = head.toString("utf8").trimStart();
  if (text.startsWith("[")) return "json";
  return text.startsWith("{") ? "jsonl" : "csv";
}

function startsWith(head: Buffer, start: readonly number[]): boolean {
  return start.every((byte, index) => head[index] === byte);
}
