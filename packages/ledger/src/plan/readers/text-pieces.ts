/** The encodings of inputs. The readers get UTF-8. */
export type TextEncoding = "utf-8" | "gb18030" | "utf-16le" | "utf-16be";

/** The text has bytes that are invalid in its encoding. Line, and character within the line, count from 1. */
export class UndecodableError extends Error {
  override readonly name = "UndecodableError";
  readonly line: number;
  readonly character: number;

  constructor(line: number, character: number) {
    super(`line ${line}, character ${character}`);
    this.line = line;
    this.character = character;
  }
}

/** Bytes without a safe place to cut. More must not fill the memory. */
const LONGEST_PIECE = 1 << 23;

/** A place in a text. Line, and character within the line, count from 1. */
export interface TextPlace {
  line: number;
  character: number;
}

/**
 * Decodes bytes as they arrive. Invalid bytes become U+FFFD, and `onInvalid` is called for each. Without it, throws
 * {@link UndecodableError} at the first invalid byte.
 */
export async function* decodePieces(
  source: AsyncIterable<Buffer>,
  encoding: TextEncoding,
  lineEnd: "\n" | "\r",
  onInvalid?: (place: TextPlace) => void,
): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let character = 1;

  function decode(piece: Buffer): string {
    try {
      const text = newDecoder(encoding).decode(piece);
      pass(text);
      return text;
    } catch {
      if (onInvalid) return decodeDamaged(piece, onInvalid);
      pass(longestText(piece, encoding));
      throw new UndecodableError(line, character);
    }
  }

  function decodeDamaged(piece: Buffer, report: (place: TextPlace) => void): string {
    const text = newDecoder(encoding, false).decode(piece);
    let start = 0;
    for (let at = text.indexOf(REPLACED); at >= 0; at = text.indexOf(REPLACED, start)) {
      pass(text.slice(start, at));
      report({ line, character });
      pass(REPLACED);
      start = at + 1;
    }
    pass(text.slice(start));
    return text;
  }

  /** Counts the lines and characters of a text that was decoded. */
  function pass(text: string): void {
    let start = 0;
    for (let at = text.indexOf(lineEnd); at >= 0; at = text.indexOf(lineEnd, start)) {
      start = at + 1;
      line++;
      character = 1;
    }
    for (const _ of text.slice(start)) character++;
  }

  for await (const chunk of source) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = safeEnd(bytes, encoding);
    if (end === 0 && bytes.length > LONGEST_PIECE) decode(bytes);
    rest = bytes.subarray(end);
    if (end > 0) yield decode(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield decode(rest);
}

/** The character that a decoder puts in place of invalid bytes. */
const REPLACED = "\ufffd";

function newDecoder(encoding: TextEncoding, fatal = true): TextDecoder {
  return new TextDecoder(encoding, { fatal, ignoreBOM: true });
}

/** Returns the index after the last byte that certainly ends a character. */
function safeEnd(bytes: Buffer, encoding: TextEncoding): number {
  if (encoding === "utf-16le" || encoding === "utf-16be") {
    const even = bytes.length - (bytes.length % 2);
    const high = bytes[even - (encoding === "utf-16le" ? 1 : 2)] ?? 0;
    return high >= 0xd8 && high <= 0xdb ? even - 2 : even;
  }
  // In GB18030 and UTF-8, no byte below 0x30 is part of a longer character: line ends, blanks and commas, for example.
  for (let end = bytes.length; end > 0; end--) if ((bytes[end - 1] ?? 0) < 0x30) return end;
  return 0;
}

/** Returns the longest beginning that decodes. */
function longestText(piece: Buffer, encoding: TextEncoding): string {
  const decodes = (length: number) => {
    try {
      return newDecoder(encoding).decode(piece.subarray(0, length), { stream: true });
    } catch {
      return undefined;
    }
  };
  let [good, bad] = [0, piece.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(middle) === undefined) bad = middle;
    else good = middle;
  }
  return decodes(good) ?? "";
}
