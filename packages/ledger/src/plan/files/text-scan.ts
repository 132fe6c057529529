import { isAscii, isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";

/** The facts about an input from one pass over its bytes. */
export interface TextFacts {
  bytes: number;
  sha256: string;
  lineFeeds: number;
  endsWithLineFeed: boolean;
  hasQuote: boolean;
  /** Has a blank within a line, or a character beyond ASCII, which may be a blank. */
  hasBlank: boolean;
  /** Has a line without any character, other than after the last line feed. */
  hasEmptyLine: boolean;
  /** Has a carriage return without a line feed after it. */
  hasLoneReturn: boolean;
  /** The number of lines that end with carriage return and line feed. */
  returnedLines: number;
  /** The first bytes that cannot be text; absent if all can. */
  notText?: { line: number; what: "a NUL byte" | "bytes that are not UTF-8" };
}

const LINE_FEED = 10;
const RETURN = 13;
const QUOTE = 34;
/** Tab, vertical tab, form feed, space: all blanks of ASCII except line ends. */
const BLANK_BYTES = [9, 11, 12, 32];

/** Makes a scan that takes the bytes of an input piece by piece and finds its {@link TextFacts}. */
export function createTextScan() {
  const hash = createHash("sha256");
  let bytes = 0;
  let lineFeeds = 0;
  let returnedLines = 0;
  let previous = LINE_FEED;
  let beforePrevious = LINE_FEED;
  let hasQuote = false;
  let hasBlank = false;
  let hasEmptyLine = false;
  let hasLoneReturn = false;
  let notText: TextFacts["notText"];
  /** The first bytes of a character that the end of the last piece divided. */
  let cut: Buffer = Buffer.alloc(0);

  function checkText(chunk: Buffer, isLast: boolean): void {
    const text = cut.length > 0 ? Buffer.concat([cut, chunk]) : chunk;
    const end = isLast ? text.length : lastCharacterEnd(text);
    cut = Buffer.from(text.subarray(end));
    const whole = text.subarray(0, end);
    const nul = whole.indexOf(0);
    if (nul >= 0) notText = { line: lineFeeds + 1 + countLineFeeds(whole.subarray(0, nul)), what: "a NUL byte" };
    else if (!isUtf8(whole)) {
      notText = { line: lineFeeds + 1 + linesBeforeBadText(whole), what: "bytes that are not UTF-8" };
    }
  }

  return {
    push(chunk: Buffer): void {
      hash.update(chunk);
      bytes += chunk.length;
      if (!notText) checkText(chunk, false);
      hasBlank ||= !isAscii(chunk) || BLANK_BYTES.some((byte) => chunk.includes(byte));
      // Local copies are faster: the loop runs for every byte of files of hundreds of megabytes.
      let [last, beforeLast, feeds, returned, quote, empty, lone] = [
        previous,
        beforePrevious,
        0,
        0,
        false,
        false,
        false,
      ];
      for (let index = 0; index < chunk.length; index++) {
        const byte = chunk[index] ?? 0;
        if (byte === LINE_FEED) {
          feeds++;
          if (last === LINE_FEED || (last === RETURN && beforeLast === LINE_FEED)) empty = true;
          if (last === RETURN) returned++;
        } else {
          if (last === RETURN) lone = true;
          if (byte === QUOTE) quote = true;
        }
        beforeLast = last;
        last = byte;
      }
      [previous, beforePrevious] = [last, beforeLast];
      lineFeeds += feeds;
      returnedLines += returned;
      hasQuote ||= quote;
      hasEmptyLine ||= empty;
      hasLoneReturn ||= lone;
    },

    end(): TextFacts {
      if (!notText) checkText(Buffer.alloc(0), true);
      return {
        bytes,
        sha256: hash.digest("hex"),
        lineFeeds,
        endsWithLineFeed: bytes > 0 && previous === LINE_FEED,
        hasQuote,
        hasBlank,
        hasEmptyLine,
        hasLoneReturn: hasLoneReturn || (bytes > 0 && previous === RETURN),
        returnedLines,
        ...(notText && { notText }),
      };
    },
  };
}

/** Returns the end of the last complete character; a UTF-8 character has at most four bytes. */
function lastCharacterEnd(text: Buffer): number {
  for (let back = 1; back <= Math.min(3, text.length); back++) {
    const byte = text[text.length - back] ?? 0;
    if (byte < 0x80) return text.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? text.length - back : text.length;
    }
  }
  return text.length;
}

function linesBeforeBadText(text: Buffer): number {
  let line = 0;
  for (let start = 0; start < text.length; line++) {
    const feed = text.indexOf(LINE_FEED, start);
    const end = feed < 0 ? text.length : feed + 1;
    if (!isUtf8(text.subarray(start, end))) break;
    start = end;
  }
  return line;
}

function countLineFeeds(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(LINE_FEED); at >= 0; at = text.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
