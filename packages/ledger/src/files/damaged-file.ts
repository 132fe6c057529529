import { LedgerError } from "../ledger-error.ts";

/** @param file its path or address as a person finds it */
export function alteredFile(file: string): LedgerError {
  return new LedgerError(
    "corrupt",
    `${file} does not have the checksum it was written with: it was cut short or changed outside of caselink. Restore it from a copy.`,
  );
}

/** @param file its path or address as a person finds it */
export function missingFile(file: string): LedgerError {
  return new LedgerError("corrupt", `${file} is missing, but it belongs to a committed batch. Restore it from a copy.`);
}
