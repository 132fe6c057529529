import { LedgerError } from "../ledger-error.ts";

/** @param file as a person finds it */
export function alteredFile(file: string): LedgerError {
  return new LedgerError(
    "corrupt",
    `${file} does not have the checksum it was written with: it was cut short or changed outside of caselink. Restore it from a copy.`,
  );
}

/** @param file as a person finds it */
export function missingFile(file: string): LedgerError {
  return new LedgerError(
    "corrupt",
    `${file} is lost: it belongs to a batch that was committed, and is not there. Restore it from a copy.`,
  );
}
