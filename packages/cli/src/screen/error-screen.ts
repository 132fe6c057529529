import { CONFIGURATION_CODES, InputError, LedgerError, type LedgerErrorCode } from "@caselink/ledger";
import { ConfigError, TemporalConnectionError, type Environment } from "@caselink/worker/config";
import { inputErrorEvents } from "../commands/plan-event.ts";
import { t, translated } from "../language/words.ts";
import { CommandError, exitStatus, UnfinishedError, type ExitStatus } from "../errors.ts";
import { describeTemporalError } from "./temporal-error.ts";

/** Errors of the ledger whose cause is the command line or the configuration. */
const USER_ERROR_CODES: ReadonlySet<LedgerErrorCode> = new Set([
  ...CONFIGURATION_CODES,
  "bad-id",
  "bad-option",
  "batch-exists",
  "not-finished",
  "not-undoable",
  "not-retryable",
]);

/** The events that `--json` prints for an error: one for each error of an input that cannot be used. */
export function errorEvents(error: unknown): Record<string, unknown>[] {
  return error instanceof InputError ? inputErrorEvents(error.diagnostics) : [];
}

/** The message to print for an error, and the exit status of the command. */
export function describeError(error: unknown, env: Environment): { message: string; status: ExitStatus } {
  if (error instanceof UnfinishedError) {
    const { message, status } = describeError(error.cause, env);
    return {
      message: `${message}\n  ${t`The batch is safe. Continue with: caselink attach ${error.batchId}`}`,
      status,
    };
  }
  if (!(error instanceof Error)) return { message: String(error), status: exitStatus.failed };
  const status = statusOf(error);
  if (error instanceof TemporalConnectionError) return describeConnectionError(error);
  if (status !== undefined) return { message: translated(error.message), status };
  const ofTemporal = describeTemporalError(error);
  if (ofTemporal) return { ...ofTemporal, message: translated(ofTemporal.message) };
  const hint = env["CASELINK_DEBUG"] ? `\n${error.stack ?? ""}` : `\n  ${t`(CASELINK_DEBUG=1 shows the stack trace)`}`;
  return { message: `${translated(error.message)}${hint}`, status: exitStatus.failed };
}

function describeConnectionError({ failure }: TemporalConnectionError): { message: string; status: ExitStatus } {
  return {
    message: t`${translated(failure.message)}.\n  ${translated(failure.advice)}`,
    status: failure.isConfiguration ? exitStatus.userError : exitStatus.failed,
  };
}

/** The exit status of an error whose message says what to do; undefined for all others. */
function statusOf(error: Error): ExitStatus | undefined {
  if (error instanceof CommandError) return error.status;
  if (error instanceof ConfigError || error instanceof InputError) return exitStatus.userError;
  if (error instanceof LedgerError) return USER_ERROR_CODES.has(error.code) ? exitStatus.userError : exitStatus.failed;
  return undefined;
}
