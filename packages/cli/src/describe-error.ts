import { InputError, LedgerError, type LedgerErrorCode } from "@caselink/ledger";
import { ConfigError } from "@caselink/worker/config";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { UserError } from "./user-error.ts";

/** What the ledger refuses because of what it was asked for. */
const USERS_CODES: ReadonlySet<LedgerErrorCode> = new Set([
  "bad-id",
  "bad-option",
  "batch-exists",
  "not-finished",
  "not-undoable",
  "unsupported-location",
]);

/** What to tell of an error, and the exit status it has. */
export function describeError(error: unknown): { message: string; status: ExitStatus } {
  const isUsers =
    error instanceof UserError ||
    error instanceof ConfigError ||
    error instanceof InputError ||
    (error instanceof LedgerError && USERS_CODES.has(error.code));
  if (!(error instanceof Error)) return { message: String(error), status: exitStatus.failed };
  if (isUsers || error instanceof LedgerError) {
    return { message: error.message, status: isUsers ? exitStatus.refused : exitStatus.failed };
  }
  const hint = process.env["CASELINK_DEBUG"] ? `\n${error.stack ?? ""}` : "\n  (CASELINK_DEBUG=1 shows where)";
  return { message: `${error.message}${hint}`, status: exitStatus.failed };
}
