import { CONFIGURATION_CODES, InputError, LedgerError, type LedgerErrorCode } from "@caselink/ledger";
import { ConfigError, type Environment } from "@caselink/worker/config";
import { BackgroundError } from "./background-error.ts";
import { faultEvents } from "./commands/plan-event.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { TemporalCliError } from "./local/temporal-cli-error.ts";
import { TemporalUnreachableError } from "./engine/temporal-unreachable-error.ts";
import { UnfinishedError } from "./unfinished-error.ts";
import { UserError } from "./user-error.ts";
import { ApiUnreadableError } from "./verify/api-unreadable-error.ts";

/** What the ledger refuses because of what it was asked for. */
const USERS_CODES: ReadonlySet<LedgerErrorCode> = new Set([
  ...CONFIGURATION_CODES,
  "bad-id",
  "bad-option",
  "batch-exists",
  "not-finished",
  "not-undoable",
  "not-retryable",
]);

/** Failures whose message says what to do. */
const ANSWERED = [ApiUnreadableError, BackgroundError, LedgerError, TemporalCliError, TemporalUnreachableError];

/** What `--json` tells of an error on standard output: the faults of an input that cannot be used, a line each. */
export function errorEvents(error: unknown): Record<string, unknown>[] {
  return error instanceof InputError ? faultEvents(error) : [];
}

/** What to tell of an error, and the exit status it has. */
export function describeError(error: unknown, env: Environment): { message: string; status: ExitStatus } {
  if (error instanceof UnfinishedError) {
    const { message, status } = describeError(error.cause, env);
    return { message: `${message}\n  The batch is safe. Go on with: caselink attach ${error.batchId}`, status };
  }
  const isUsers =
    error instanceof UserError ||
    error instanceof ConfigError ||
    error instanceof InputError ||
    (error instanceof LedgerError && USERS_CODES.has(error.code));
  if (!(error instanceof Error)) return { message: String(error), status: exitStatus.failed };
  if (isUsers || ANSWERED.some((kind) => error instanceof kind)) {
    return { message: error.message, status: isUsers ? exitStatus.refused : exitStatus.failed };
  }
  const hint = env["CASELINK_DEBUG"] ? `\n${error.stack ?? ""}` : "\n  (CASELINK_DEBUG=1 shows where)";
  return { message: `${error.message}${hint}`, status: exitStatus.failed };
}
