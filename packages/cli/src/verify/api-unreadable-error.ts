/** So many tickets in a row that cannot be read: the API is down. */
export const UNREAD_IN_A_ROW = 20;

/** The API does not answer any more. */
export class ApiUnreadableError extends Error {
  override readonly name = "ApiUnreadableError";

  constructor(cause: Error) {
    super(`the API cannot be read (${cause.message}). Nothing was changed. Look with: caselink doctor`, { cause });
  }
}
