import type { NumberFormat } from "./number-format.ts";

/** The value of a cell, as text. */
export interface SheetCell {
  text: string;
  /** The reason why it cannot be an id. */
  error?: { reason: string; advice: string };
}

const AS_TEXT = "format the column as text and enter the id again";

/** Larger numbers lose their last digits: a spreadsheet keeps 15. */
const EXACT_BELOW = 1e15;

/** Returns the text of a number as the sheet shows it, with an error if that cannot be an id. */
export function numberCell(stored: string, format: NumberFormat, is1904: boolean): SheetCell {
  const value = Number(stored);
  if (stored.trim() === "" || !Number.isFinite(value)) {
    return { text: stored, error: { reason: "is a number that cannot be read", advice: AS_TEXT } };
  }
  if (format.kind === "date") {
    return { text: dateText(value, is1904), error: { reason: "is a date in the sheet", advice: AS_TEXT } };
  }
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
  if (format.kind === "padded" && value >= 0) {
    return { text: format.before + digits.padStart(format.digits, "0") + format.after };
  }
  if (format.kind === "other") {
    const reason = "is a number that the sheet shows in another form";
    return {
      text: digits,
      error: { reason, advice: "format the column as text and enter the id as it should be read" },
    };
  }
  return { text: digits };
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
