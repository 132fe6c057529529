import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errorCode, errorMessage } from "@caselink/common";
import { InputError, LedgerError } from "../../ledger-error.ts";
import { decodeText, markedEncoding, type DecodedText, type TextDamage } from "./decode-text.ts";
import { assertFormat, binaryForm, isGzip, textForm } from "./input-form.ts";
import type { InputFormat, PlanInput } from "../plan-request.ts";
import { fileError } from "../input-errors.ts";
import { createTextScan, type TextFacts } from "./text-scan.ts";
import { unpackGzip } from "./unpack-gzip.ts";

/** An input as a local file that was read once: UTF-8 text, or a binary format. */
export interface InputFile {
  /** As the caller named it. */
  name: string;
  /** The file itself, or its unpacked or decoded copy. */
  path: string;
  format: InputFormat;
  /** The sheet to read; only of a spreadsheet. Default: the first visible one. */
  sheet?: string;
  /** About the text; but `bytes` and `sha256` are those of the caller's file. */
  facts: TextFacts;
  /** Has a byte order mark, or is from a spreadsheet, which recognises UTF-8 only by the mark. */
  isMarked: boolean;
  /** Was read as GB18030 because it looks like that; nothing in the file says so. */
  isGuessed?: boolean;
  /** A few of its bytes are invalid. */
  damage?: TextDamage;
  /** Size and time of the file when it was read; absent if `path` is a copy. */
  version?: string;
}

const READ_SIZE = 1 << 20;
const HEAD_SIZE = 16;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Reads an input once: hashes it, unpacks it, makes it UTF-8, finds its format. Throws `InputError`. */
export async function openInputFile(input: PlanInput, workFolder: string, index: number): Promise<InputFile> {
  const isStandardInput = input.path === "-";
  const name = input.name ?? (isStandardInput ? "standard input" : input.path);
  if (isStandardInput && input.format === undefined) {
    throw new InputError(
      "Standard input has no file name that shows its format: add --format csv, tsv, jsonl, json, xlsx or parquet.",
    );
  }
  const copy = join(workFolder, `input-${index}`);
  const path = isStandardInput ? copy : input.path;
  const before = isStandardInput ? undefined : await describeFile(path);
  const facts = isStandardInput
    ? await scan(input.stream ?? process.stdin, name, path)
    : await scan(createReadStream(path, { highWaterMark: READ_SIZE }), name);
  if (facts.bytes === 0) throw fileError(name, "is empty: there is nothing to associate");
  const content = await readable({ name, path, facts }, copy);
  const head = await readHead(content.path, 4096);
  const format = binaryForm(head) ?? textForm(input.path, input.format, head, name);
  const { sheet } = input;
  if (sheet !== undefined && format !== "xlsx") throw noSheets(name, format);
  if (before !== undefined && (await describeFile(path)) !== before) throw changedFile(name);
  return {
    ...content,
    format,
    ...(sheet !== undefined && { sheet }),
    facts: { ...content.facts, bytes: facts.bytes, sha256: facts.sha256 },
    ...(before !== undefined && content.path === path && { version: before }),
  };
}

function noSheets(name: string, format: InputFormat): InputError {
  return fileError(
    name,
    `is ${format === "parquet" ? "Parquet" : format.toUpperCase()}, which has no sheets`,
    "Leave out --sheet, or plan it without the spreadsheets that need --sheet.",
  );
}

type Content = Pick<InputFile, "name" | "path" | "facts">;

type Encoding = Pick<InputFile, "isMarked" | "isGuessed" | "damage">;

/** Returns the content unpacked and, if it is text, as UTF-8. Copies get names that begin with `copy`. */
async function readable(content: Content, copy: string): Promise<Content & Encoding> {
  let { name, path, facts } = content;
  let head = await readHead(path, HEAD_SIZE);
  if (isGzip(head)) {
    await writeCopy(name, `${copy}.unpacked`, (target) => unpackGzip(name, path, facts.bytes, target));
    path = `${copy}.unpacked`;
    facts = await scan(createReadStream(path, { highWaterMark: READ_SIZE }), name);
    head = await readHead(path, HEAD_SIZE);
    if (facts.bytes === 0) throw fileError(name, "is empty once unpacked: there is nothing to associate");
    if (isGzip(head)) throw fileError(name, "is compressed twice", "Unpack it once.");
  }
  assertFormat(name, head);
  if (binaryForm(head)) return { name, path, facts, isMarked: true };
  const marked = markedEncoding(head);
  let decoded: DecodedText | undefined;
  const isEncoded = marked !== undefined || facts.notText?.what === "bytes that are not UTF-8";
  if (isEncoded) {
    const encoded = { name, path, marked, lineEnd: facts.lineFeeds > 0 ? "\n" : "\r" } as const;
    decoded = await writeCopy(name, `${copy}.decoded`, (target) => decodeText(encoded, target));
    path = `${copy}.decoded`;
    facts = await scan(createReadStream(path, { highWaterMark: READ_SIZE }), name);
  }
  if (facts.notText) throw notText(name, facts.notText);
  const { isGuessed = false, damage } = decoded ?? {};
  const isMarked = isGuessed || marked !== undefined || head.subarray(0, 3).equals(BYTE_ORDER_MARK);
  return { name, path, facts, isMarked, isGuessed, ...(damage && { damage }) };
}

/** Writes a copy of the content. Throws `storage` if, for example, the disk is full. */
async function writeCopy<Result>(
  name: string,
  target: string,
  write: (target: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await write(target);
  } catch (error) {
    throw error instanceof LedgerError ? error : uncopied(name, error);
  }
}

/** Reads the bytes of an input, in pieces. */
export function readBytes(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 18 });
}

/** Throws `InputError` if the file changed after it was hashed. */
export async function assertUnchanged(input: InputFile): Promise<void> {
  if (input.version === undefined) return;
  if ((await describeFile(input.path)) !== input.version) throw changedFile(input.name);
}

function changedFile(name: string): InputError {
  return fileError(name, "was changed while it was being read", "Plan it again when it is complete.");
}

async function describeFile(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw fileError(path, "is a folder; name the files in it");
    // The file is read twice; named pipes and devices can be read only once.
    if (!found.isFile()) throw fileError(path, 'is not a file; to read a pipe, give "-" and --format');
    return `${found.size} ${found.mtimeMs}`;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw unreadable(path, error);
  }
}

async function scan(source: Readable, name: string, copyTo?: string): Promise<TextFacts> {
  const textScan = createTextScan();
  async function* scanned(chunks: AsyncIterable<Buffer | string>) {
    for await (const chunk of chunks) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      textScan.push(bytes);
      if (copyTo !== undefined) yield bytes;
    }
  }
  try {
    const sink = copyTo === undefined ? new PassThrough().resume() : createWriteStream(copyTo, { flags: "wx" });
    await pipeline(source, scanned, sink);
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(name, error);
  }
  return textScan.end();
}

function unreadable(name: string, error: unknown): InputError {
  const code = errorCode(error);
  if (code === "ENOENT") {
    const diagnostic = { severity: "error", file: name, line: 1, value: "", reason: "does not exist" } as const;
    return new InputError(`There is no file ${name} here.`, [diagnostic], { cause: error });
  }
  const what = code === "EACCES" || code === "EPERM" ? "no permission" : errorMessage(error);
  return fileError(name, `cannot be read: ${what}`, undefined, { cause: error });
}

function uncopied(name: string, error: unknown): LedgerError {
  return new LedgerError("storage", `${name} cannot be unpacked next to the ledger: ${errorMessage(error)}.`, {
    cause: error,
  });
}

/** Reads the first bytes of a file. */
export async function readHead(path: string, length: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function notText(name: string, { line, what }: NonNullable<TextFacts["notText"]>): InputError {
  const advice = "Save it as UTF-8 (in a spreadsheet: CSV UTF-8) and try again.";
  return new InputError(`${name} is not a text: line ${line} has ${what}. ${advice}`, [
    { severity: "error", file: name, line, value: "", reason: `has ${what}`, advice },
  ]);
}
