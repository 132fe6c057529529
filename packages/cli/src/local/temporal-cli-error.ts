/** One way to get a Temporal CLI that led nowhere. */
export interface FailedTry {
  readonly way: string;
  readonly reason: string;
}

/** There is no Temporal CLI to start a local Temporal with; the message lists every try and says what to do. */
export class TemporalCliError extends Error {
  override readonly name = "TemporalCliError";

  constructor(tries: readonly FailedTry[]) {
    super(
      [
        "No Temporal CLI was found, and none could be installed. Tried:",
        ...tries.map(({ way, reason }) => `  - ${way}: ${reason}`),
        "Do one of these:",
        "  - install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH,",
        "  - set CASELINK_TEMPORAL_CLI to the path of one,",
        "  - or set TEMPORAL_ADDRESS to use a Temporal cluster instead of a local one.",
      ].join("\n"),
    );
  }
}
