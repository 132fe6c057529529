import { GENERAL, type NumberFormat } from "./number-format.ts";

/** The value of a cell, as text. */
export interface SheetCell {
  text: string;
  /** It is a number: one id, also with blanks in it. */
  isNumber?: true;
  /** The reason why it cannot be an id. */
  error?: CellError;
}

interface CellError {
  reason: string;
  advice: string;
  /** The text that the sheet shows; absent if it is that of the cell. */
  shown?: string;
}

const AS_TEXT = "format the column as text and enter the id again";
const AS_READ = "format the column as text and enter the id as it should be read";

/** A whole number as nearly all files store it. */
const DIGITS = /^[1-9]\d{0,14}$/u;
const NUMBER = /^[+-]?\d*\.?\d*(e[+-]?\d+)?$/iu;

/** Larger numbers lose their last digits: a spreadsheet keeps 15. */
const EXACT_BELOW = 1e15;

/** Returns the text of a number as the sheet shows it, with an error if that cannot be an id. */
export function numberCell(stored: string, format: NumberFormat, is1904: boolean): SheetCell {
  if (DIGITS.test(stored)) {
    // No text is made of a number: the engine keeps such texts for a while, which needs memory.
    const text = format.ofDigits(stored);
    if (text !== undefined) return { text, isNumber: true };
  }
  const value = NUMBER.test(stored) ? Number(stored) : Number.NaN;
  if (!Number.isFinite(value)) {
    return { text: stored, error: { reason: "is a number that cannot be read", advice: AS_TEXT } };
  }
  const form = format === GENERAL ? undefined : format.ofNumber(value);
  if (form?.kind === "date") return dateCell(dateText(value, is1904));
  if (!Number.isInteger(value)) {
    const text = String(Number(value.toPrecision(15)));
    return { text, error: { reason: "is a number with decimals in the sheet", advice: AS_TEXT } };
  }
  if (Math.abs(value) >= EXACT_BELOW) {
    const reason = "is a number with more digits than a spreadsheet keeps: the last ones are lost";
    const text = Math.abs(value) < 1e21 ? BigInt(value).toString() : stored;
    return { text, error: { reason, advice: AS_TEXT } };
  }
  const digits = String(value);
  if (format === GENERAL && format.ofDigits(digits) === undefined) {
    const reason = "is a number of which the sheet shows six digits, and the others are zeros: they were probably lost";
    return { text: digits, error: { reason, advice: "compare it with the original; format the column as text" } };
  }
  if (form?.kind === "exact") return { text: form.text, isNumber: true };
  if (form?.kind !== "other") return { text: digits, isNumber: true };
  const { text: shown } = form;
  const reason = `is a number that the sheet shows in another form; ${digits} is stored`;
  const hidden = `is a number that the sheet does not show; ${digits} is stored`;
  return {
    text: digits,
    error: { reason: shown === "" ? hidden : reason, advice: AS_READ, ...(shown !== undefined && { shown }) },
  };
}

/** Returns a text as the sheet shows it, with an error if the sheet does not show it. */
export function textCell(stored: string, format: NumberFormat): SheetCell {
  if (format === GENERAL) return { text: stored };
  const shown = format.ofText(stored);
  if (shown === stored || stored.trim() === "") return { text: stored };
  if (shown.includes(stored)) return { text: shown };
  const reason =
    shown.trim() === "" ? "is a text that the sheet does not show" : "is a text that the sheet shows in another form";
  return { text: stored, error: { reason, advice: "format the column as text, check the id and save the file" } };
}

export function dateCell(text: string): SheetCell {
  return { text, error: { reason: "is a date in the sheet", advice: AS_TEXT } };
}

export function truthCell(stored: string): SheetCell {
  const text = stored === "1" || stored === "true" ? "TRUE" : "FALSE";
  return { text, error: { reason: "is a truth value in the sheet, not an id", advice: AS_TEXT } };
}

export function uncalculatedCell(): SheetCell {
  const advice = "open the file in a spreadsheet program, which calculates it, and save it";
  return { text: "", error: { reason: "is a formula without a stored result", advice } };
}

/** Returns days since the sheet's epoch as a date, with the time if there is one. */
function dateText(days: number, is1904: boolean): string {
  // Spreadsheets count 29 February 1900, which did not exist, as day 60: the days before it are one day later.
  const epoch = is1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
  const time = new Date(epoch + Math.round(days * 86_400) * 1000);
  if (Number.isNaN(time.getTime())) return String(days);
  return time
    .toISOString()
    .replace(/T00:00:00\.000Z$|\.000Z$/u, "")
    .replace("T", " ");
}
