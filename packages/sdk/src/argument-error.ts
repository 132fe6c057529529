import { isOsmError, OsmError } from "./osm-error.ts";

/**
 * An argument cannot be used; nothing was sent. The message names the argument, what is wrong with it, and what is allowed.
 */
export class ArgumentError extends OsmError {
  override readonly name = "ArgumentError";
  /** The argument's name, such as `relatedIds`. */
  readonly argument: string;

  constructor(argument: string, message: string) {
    super(message, { phase: "arguments" });
    this.argument = argument;
  }
}

/** True also for an error of another copy of this package, for which `instanceof` is false. */
export function isArgumentError(value: unknown): value is ArgumentError {
  return isOsmError(value) && value.name === "ArgumentError";
}
