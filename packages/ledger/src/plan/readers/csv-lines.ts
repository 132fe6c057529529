import type { InputFile } from "../files/input-file.ts";

/**
 * Returns the line ends: line feeds with or without a carriage return; lone carriage returns only if there is no line
 * feed.
 */
export function recordDelimiters({ facts }: InputFile): string[] {
  return facts.lineFeeds > 0 ? ["\r\n", "\n"] : ["\r"];
}

/**
 * Makes a counter of lines as an editor counts them: csv-parse counts a CRLF within quotes as two. It takes each record
 * in order with csv-parse's number of empty lines before it, and returns the record's first and last line.
 */
export function createLineCounter(input: InputFile, firstLine: number) {
  const lineBreak = recordDelimiters(input).length === 1 ? /\r/g : /\n/g;
  let next = firstLine;
  let emptyLines = 0;
  return {
    /** The line after the last record. */
    get next(): number {
      return next;
    },
    take(record: readonly string[], emptyLinesBefore: number): { line: number; lastLine: number } {
      const line = next + emptyLinesBefore - emptyLines;
      emptyLines = emptyLinesBefore;
      next = line + 1;
      for (const field of record) {
        for (const _ of field.matchAll(lineBreak)) next++;
      }
      return { line, lastLine: next - 1 };
    },
  };
}
