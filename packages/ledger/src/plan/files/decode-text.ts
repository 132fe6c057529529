import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { InputError } from "../../ledger-error.ts";
import { decodePieces, UndecodableError, type TextEncoding, type TextPlace } from "../readers/text-pieces.ts";
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

/** Invalid bytes of a text, which are read as U+FFFD. */
export interface TextDamage extends TextPlace {
  /** How many places are damaged; line and character are those of the first. */
  count: number;
  encoding: string;
}

/** How an input was read. */
export interface DecodedText {
  /** Nothing in the file says so. */
  isGuessed: boolean;
  damage: TextDamage | undefined;
}

/** More invalid characters than this part of a text, and than a few, mean another encoding. */
const MOST_INVALID = 0.01;
const FEW_INVALID = 5;

/**
 * Writes an input that is not UTF-8 as UTF-8, in bounded memory. It is read as UTF-16 if `marked` says so, else as
 * damaged UTF-8 if nearly all of it is UTF-8, else as GB18030 if it is likely to be that. A few invalid bytes become
 * U+FFFD, which is no valid part of an id. Throws `InputError` with line and character if there are many.
 */
export async function decodeText(text: EncodedText, target: string): Promise<DecodedText> {
  const { path, marked, lineEnd } = text;
  const likely = marked === undefined ? await likelyEncoding(path) : { encoding: marked, mayBeDamaged: true };
  const { encoding, mayBeDamaged } = likely;
  const name = NAMES[encoding];
  const what = encoding === "gb18030" ? "bytes that are neither UTF-8 nor GB18030" : `bytes that are not ${name}`;
  let damage: TextDamage | undefined;
  const onInvalid = (place: TextPlace) => {
    if (damage) damage.count++;
    else damage = { ...place, count: 1, encoding: name };
  };
  let characters = 0;
  async function* counted(pieces: AsyncIterable<string>) {
    for await (const piece of pieces) {
      characters += piece.length;
      yield piece;
    }
  }
  try {
    await pipeline(
      decodePieces(createReadStream(path), encoding, lineEnd, mayBeDamaged ? onInvalid : undefined),
      counted,
      createWriteStream(target, { flags: "wx", encoding: "utf8" }),
    );
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    throw undecodableError(text.name, error, what);
  }
  if (damage && damage.count > Math.max(FEW_INVALID, characters * MOST_INVALID)) {
    throw undecodableError(text.name, damage, what);
  }
  return { isGuessed: encoding === "gb18030", damage };
}

const NAMES: Record<TextEncoding, string> = {
  "utf-8": "UTF-8",
  gb18030: "GB18030",
  "utf-16le": "UTF-16",
  "utf-16be": "UTF-16",
};

async function likelyEncoding(path: string): Promise<{ encoding: TextEncoding; mayBeDamaged: boolean }> {
  const { isMostlyUtf8, isUnlikeGb18030, isOneByte, isMostlyGb18030 } = await weighEncodings(createReadStream(path));
  if (isMostlyUtf8 || isUnlikeGb18030 || isOneByte) {
    return { encoding: "utf-8", mayBeDamaged: isMostlyUtf8 || isOneByte };
  }
  return { encoding: "gb18030", mayBeDamaged: isMostlyGb18030 };
}

function undecodableError(name: string, { line, character }: TextPlace, what: string): InputError {
  const advice = "Save it as UTF-8 (in a spreadsheet: CSV UTF-8) and try again.";
  const message = `${name} is not a text in UTF-8 or GB18030: line ${line} has ${what}, at character ${character}. ${advice}`;
  return new InputError(message, [
    { severity: "error", file: name, line, value: "", reason: `has ${what}, at character ${character}`, advice },
  ]);
}
