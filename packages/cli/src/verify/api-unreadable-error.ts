/** The API does not answer any more. */
export class ApiUnreadableError extends Error {
  override readonly name = "ApiUnreadableError";

  constructor(cause: Error) {
    super(`the API cannot be read (${cause.message}). Nothing was changed. Look with: caselink doctor`, { cause });
  }
}
