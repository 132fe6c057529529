/** The configured cluster does not answer. */
export class TemporalUnreachableError extends Error {
  override readonly name = "TemporalUnreachableError";

  constructor(address: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `Temporal at ${address} cannot be reached (${reason}). Check TEMPORAL_ADDRESS or temporal.toml, or take them away to run locally.`,
      { cause },
    );
  }
}
