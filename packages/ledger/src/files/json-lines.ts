import { StringDecoder } from "node:string_decoder";
import { sha256 } from "./checksum.ts";
import { alteredFile } from "./damaged-file.ts";
import { LedgerError } from "../ledger-error.ts";

/** Returns values as JSON lines, each with a line feed at its end. */
export function formatJsonLines(values: readonly object[]): string {
  return values.map(formatJsonLine).join("");
}

export function formatJsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * Parses the text of a file of JSON lines. Throws `corrupt`, naming file and line, for a line that this package did not
 * write.
 */
export function parseJsonLines<T>(text: string, file: string, isExpected: (value: unknown) => value is T): T[] {
  const lines = text.split("\n");
  const rest = lines.pop();
  if (rest !== "") throw damaged(file, lines.length + 1);
  return lines.map((line, index) => parseJsonLine(line, index + 1, file, isExpected));
}

/**
 * Returns values as JSON lines, with a last line that holds the SHA-256 of the others. It makes damage to the file
 * visible.
 */
export function formatSealedLines(values: readonly object[]): string {
  const lines = formatJsonLines(values);
  return `${lines}${sealOf(lines)}`;
}

/** Parses the text that {@link formatSealedLines} made. Throws `corrupt`, with the line if one is damaged. */
export function parseSealedLines<T>(text: string, file: string, isExpected: (value: unknown) => value is T): T[] {
  const end = text.lastIndexOf("\n", text.length - 2) + 1;
  const lines = text.slice(0, end);
  if (text.slice(end) === sealOf(lines)) return parseJsonLines(lines, file, isExpected);
  const isSealed = SEAL.test(text.slice(end));
  parseJsonLines(isSealed ? lines : text, file, isExpected);
  throw alteredFile(file);
}

const SEAL = /^\{"sha256":"[0-9a-f]{64}"\}\n$/;

const sealOf = (lines: string): string => formatSeal(sha256(lines));

/** The last line of sealed lines. @param digest the SHA-256 of the lines before it, in hexadecimal */
export function formatSeal(digest: string): string {
  return `{"sha256":"${digest}"}\n`;
}

export function parseJsonLine<T>(
  text: string,
  line: number,
  file: string,
  isExpected: (value: unknown) => value is T,
): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, line, error);
  }
  if (!isExpected(value)) throw damaged(file, line);
  return value;
}

/** Reads the lines of a ledger's file, in pieces. Throws `corrupt` if the last line has no line feed. */
export async function* readLines(source: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string[]> {
  const splitter = createLineSplitter();
  let count = 0;
  for await (const bytes of source) {
    const lines = splitter.push(bytes);
    count += lines.length;
    if (lines.length > 0) yield lines;
  }
  if (splitter.end() !== "") throw damaged(file, count + 1);
}

/** Makes a splitter that cuts a stream of UTF-8 at its line feeds. */
export function createLineSplitter() {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    /** Returns the lines that these bytes complete, without their line feeds. */
    push(bytes: Uint8Array): string[] {
      const lines = decoder.write(bytes).split("\n");
      lines[0] = rest + lines[0];
      rest = lines.pop() ?? "";
      return lines;
    },
    /** Returns the characters since the last line feed. */
    pendingLength: () => rest.length,
    /** Returns the text after the last line feed. */
    end: () => rest + decoder.end(),
  };
}

function damaged(file: string, line: number, cause?: unknown): LedgerError {
  return new LedgerError(
    "corrupt",
    `${file}, line ${line}: not a whole line of the ledger. The file was cut short or changed outside of caselink; restore it from a copy.`,
    cause === undefined ? undefined : { cause },
  );
}
