/** The process in the background ended before the batch was under way; the message is what it said. */
export class BackgroundError extends Error {
  override readonly name = "BackgroundError";
}
