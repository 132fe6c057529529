import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errorCode, errorMessage } from "../error-facts.ts";
import { InputError } from "../ledger-error.ts";
import type { InputFormat, PlanInput } from "./plan-request.ts";
import { createTextScan, type TextFacts } from "./text-scan.ts";

/** An input as a local file of UTF-8 text, read through once. */
export interface InputFile {
  /** As the caller named it. */
  name: string;
  path: string;
  format: InputFormat;
  facts: TextFacts;
  /** Size and time of the file that was read through; absent for standard input, which is a copy. */
  version?: string;
}

/** The form by the name's ending; other endings are decided by the content. */
const FORMATS: Record<string, InputFormat> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".tab": "tsv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".json": "json",
};

const READ_SIZE = 1 << 20;

/** Reads an input through: checks that it is text, hashes it, finds its form. Throws `InputError`. */
export async function openInputFile(input: PlanInput, workFolder: string, index: number): Promise<InputFile> {
  const isStandardInput = input.path === "-";
  const name = input.name ?? (isStandardInput ? "standard input" : input.path);
  if (isStandardInput && input.format === undefined) {
    throw new InputError("Standard input has no name to tell its form: add --format csv, tsv, jsonl or json.");
  }
  const path = isStandardInput ? join(workFolder, `input-${index}`) : input.path;
  const before = isStandardInput ? undefined : await describeFile(path);
  const facts = isStandardInput
    ? await scan(input.stream ?? process.stdin, name, path)
    : await scan(createReadStream(path, { highWaterMark: READ_SIZE }), name);
  if (facts.bytes === 0) throw new InputError(`${name} is empty: there is nothing to associate.`);
  const head = await readHead(path, 16);
  assertText(name, head, facts);
  const format = input.format ?? FORMATS[extname(path).toLowerCase()] ?? sniffFormat(await readHead(path, 4096));
  if (before && (await describeFile(path)) !== before) throw new InputError(changedMessage(name));
  return { name, path, format, facts, ...(before !== undefined && { version: before }) };
}

/** The bytes of an input, in pieces. */
export function readBytes(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 18 });
}

/** Throws unless the file is still the one that was hashed. */
export async function assertUnchanged(input: InputFile): Promise<void> {
  if (input.version === undefined) return;
  if ((await describeFile(input.path)) !== input.version) throw new InputError(changedMessage(input.name));
}

function changedMessage(name: string): string {
  return `${name} was changed while it was read; plan it again once it is complete.`;
}

async function describeFile(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new InputError(`${path} is a folder; name the files in it.`);
    // Named pipes and devices can be read only once; the file is read twice.
    if (!found.isFile()) throw new InputError(`${path} is not a file; to read a pipe, give "-" and --format.`);
    return `${found.size} ${found.mtimeMs}`;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw unreadable(path, error);
  }
}

async function scan(source: Readable, name: string, copyTo?: string): Promise<TextFacts> {
  const textScan = createTextScan();
  async function* look(chunks: AsyncIterable<Buffer | string>) {
    for await (const chunk of chunks) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      textScan.push(bytes);
      if (copyTo !== undefined) yield bytes;
    }
  }
  try {
    const sink = copyTo === undefined ? new PassThrough().resume() : createWriteStream(copyTo, { flags: "wx" });
    await pipeline(source, look, sink);
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(name, error);
  }
  return textScan.end();
}

function unreadable(name: string, error: unknown): InputError {
  const code = errorCode(error);
  if (code === "ENOENT") return new InputError(`There is no file ${name} here.`, [], { cause: error });
  if (code === "EACCES" || code === "EPERM") {
    return new InputError(`${name} cannot be read: no permission.`, [], { cause: error });
  }
  return new InputError(`${name} cannot be read: ${errorMessage(error)}.`, [], { cause: error });
}

/** The first bytes of a file. */
export async function readHead(path: string, length: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** How files of other kinds begin, and what to do with them. */
const OTHER_KINDS: [start: number[], advice: string][] = [
  [
    [0x50, 0x4b, 0x03, 0x04],
    "It looks like a spreadsheet (XLSX) or an archive, which cannot be read yet: save the sheet as CSV UTF-8.",
  ],
  [[0xd0, 0xcf, 0x11, 0xe0], "It looks like an old spreadsheet (XLS): save it as CSV UTF-8."],
  [[0x50, 0x41, 0x52, 0x31], "It looks like Parquet, which cannot be read yet: convert it to CSV."],
  [[0x1f, 0x8b], "It is compressed: unpack it first, for example with gunzip."],
  [[0xff, 0xfe], "It is UTF-16: save it as UTF-8."],
  [[0xfe, 0xff], "It is UTF-16: save it as UTF-8."],
];

function assertText(name: string, head: Buffer, facts: TextFacts): void {
  const kind = OTHER_KINDS.find(([start]) => start.every((byte, index) => head[index] === byte));
  if (!facts.notText && !kind) return;
  const line = facts.notText?.line ?? 1;
  const what = facts.notText?.what ?? "bytes that are not text";
  const advice = kind?.[1] ?? "Save it as UTF-8 (in a spreadsheet: CSV UTF-8) and try again.";
  throw new InputError(`${name} is not a text in UTF-8: line ${line} has ${what}. ${advice}`, [
    { file: name, line, value: "", reason: `has ${what}`, advice },
  ]);
}

function sniffFormat(head: Buffer): InputFormat {
  const text = head.toString("utf8").trimStart();
  if (text.startsWith("[")) return "json";
  return text.startsWith("{") ? "jsonl" : "csv";
}
