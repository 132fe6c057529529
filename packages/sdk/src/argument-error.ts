const BRAND = Symbol.for("@caselink/sdk/ArgumentError");

/** The caller erred; nothing was sent. The message says which argument, what is wrong with it, and what is allowed. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
  /** The argument's name, such as `relatedIds`. */
  readonly argument: string;

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  constructor(argument: string, message: string) {
    super(message);
    this.argument = argument;
  }
}

/** Holds across two copies of this package, where `instanceof` does not. */
export function isArgumentError(value: unknown): value is ArgumentError {
  return typeof value === "object" && value !== null && BRAND in value;
}
