import type { BatchStoppedError } from "@caselink/workflows";

/** The exit statuses of the command; scripts rely on them. */
export const exitStatus = {
  /** Every row succeeded. */
  succeeded: 0,
  /** caselink itself failed. */
  failed: 1,
  /** An error in the command line, the configuration or the input: nothing was sent. */
  userError: 2,
  /** Finished, but some rows did not succeed. */
  incomplete: 3,
  /** An operator is needed, for instance because the credentials were rejected: the batch waits for `resume`. */
  blocked: 4,
  /** Interrupted: the batch is safe. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** An error that the command reports by its message alone, without a stack trace. */
export abstract class CommandError extends Error {
  abstract readonly status: ExitStatus;
}

/** A mistake of the user, in the command line, the configuration or the input. */
export class UserError extends CommandError {
  override readonly name = "UserError";
  readonly status = exitStatus.userError;
}

/** The process that `--detach` started ended before the batch had started; the message is its output. */
export class BackgroundError extends CommandError {
  override readonly name = "BackgroundError";
  readonly status = exitStatus.failed;
}

const WAYS_WITHOUT_INSTALLING = [
  "- install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH,",
  "- set CASELINK_TEMPORAL_CLI to the path of a Temporal CLI,",
  "- or set TEMPORAL_ADDRESS to use a Temporal cluster instead of a local one.",
];

/** There is no Temporal CLI that could start a local Temporal. The message lists every way that was tried. */
export class TemporalCliError extends CommandError {
  override readonly name = "TemporalCliError";
  readonly status = exitStatus.failed;

  /** @param tries each way to get a Temporal CLI, and why it failed */
  constructor(tries: readonly string[]) {
    super(
      [
        "No Temporal CLI was found, and none could be installed. Tried:",
        ...tries.map((one) => `  - ${one}`),
        "Do one of the following:",
        ...WAYS_WITHOUT_INSTALLING.map((advice) => `  ${advice}`),
      ].join("\n"),
    );
  }
}

/** Many reads in a row failed: the API is down. */
export class ApiUnreadableError extends CommandError {
  override readonly name = "ApiUnreadableError";
  readonly status = exitStatus.failed;

  constructor(cause: Error) {
    super(`the API cannot be read (${cause.message}).\n  Nothing was changed. Find the cause with: caselink doctor`, {
      cause,
    });
  }
}

/** The API rejected the credentials, or gives this account no permission at all: no read can succeed. */
export class CredentialsRejectedError extends CommandError {
  override readonly name = "CredentialsRejectedError";
  readonly status = exitStatus.blocked;
}

/** The workflow of a batch ended in Temporal before the batch, for example because an operator terminated it. */
export class StoppedBatchError extends CommandError {
  override readonly name = "StoppedBatchError";
  readonly status: ExitStatus;

  constructor({ message, how }: BatchStoppedError) {
    super(`${message}.`);
    this.status = how === "failed" ? exitStatus.failed : exitStatus.interrupted;
  }
}

/** A command failed while a batch was in progress. The batch is safe and can be continued. */
export class UnfinishedError extends Error {
  override readonly name = "UnfinishedError";
  readonly batchId: string;

  constructor(batchId: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.batchId = batchId;
  }
}
