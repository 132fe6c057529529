/** What the command's exit status says; scripts rely on it. */
export const exitStatus = {
  /** Every row succeeded. */
  succeeded: 0,
  /** caselink itself failed. */
  failed: 1,
  /** Usage, configuration or input: nothing was sent. */
  refused: 2,
  /** Finished, but some rows did not succeed. */
  incomplete: 3,
  /** Credentials refused: the batch waits for `resume`. */
  blocked: 4,
  /** Interrupted: the batch is safe. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];
