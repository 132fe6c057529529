import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { InputError } from "../../ledger-error.ts";
import { decodePieces, UndecodableError, type TextEncoding } from "../readers/text-pieces.ts";
import { weighEncodings } from "./weigh-encodings.ts";

/** Returns the encoding that a byte order mark declares. */
export function markedEncoding(head: Buffer): TextEncoding | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  return head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : undefined;
}

export interface EncodedText {
  /** As the caller named it. */
  name: string;
  path: string;
  marked: TextEncoding | undefined;
  /** The character that ends a line, to find the line of an error. */
  lineEnd: "\n" | "\r";
}

/**
 * Writes an input that is not UTF-8 as UTF-8, in bounded memory. It is read as UTF-16 if `marked` says so, else as
 * GB18030 if all of it decodes and is likely to be that. Throws `InputError` with line and character if it is neither.
 */
export async function decodeText(text: EncodedText, target: string): Promise<void> {
  const { name, path, marked, lineEnd } = text;
  const encoding = marked ?? (await likelyEncoding(path));
  if (encoding === "utf-8") throw await undecodable(text);
  try {
    await pipeline(
      decodePieces(createReadStream(path), encoding, lineEnd),
      createWriteStream(target, { flags: "wx", encoding: "utf8" }),
    );
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    throw undecodableError(
      name,
      error,
      marked ? "bytes that are not UTF-16" : "bytes that are neither UTF-8 nor GB18030",
    );
  }
}

/** Returns `utf-8` for a text that was probably UTF-8 and is damaged, else `gb18030`. */
async function likelyEncoding(path: string): Promise<TextEncoding> {
  const { isMostlyUtf8, isUnlikeGb18030 } = await weighEncodings(createReadStream(path));
  return isMostlyUtf8 || isUnlikeGb18030 ? "utf-8" : "gb18030";
}

async function undecodable({ name, path, lineEnd }: EncodedText): Promise<InputError> {
  try {
    for await (const _ of decodePieces(createReadStream(path), "utf-8", lineEnd));
  } catch (error) {
    if (error instanceof UndecodableError) return undecodableError(name, error, "bytes that are not UTF-8");
    throw error;
  }
  return new InputError(`${name} was changed while it was being read. Plan it again when it is complete.`);
}

function undecodableError(name: string, { line, character }: UndecodableError, what: string): InputError {
  const advice = "Save it as UTF-8 (in a spreadsheet: CSV UTF-8) and try again.";
  const message = `${name} is not a text in UTF-8 or GB18030: line ${line} has ${what}, at character ${character}. ${advice}`;
  return new InputError(message, [
    { severity: "error", file: name, line, value: "", reason: `has ${what}, at character ${character}`, advice },
  ]);
}
