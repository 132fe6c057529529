/** A mistake of the user: exit status 2, a message and never a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
}
