import type { ApiError } from "./api-error.ts";
import type { ArgumentError } from "./argument-error.ts";
import type { ConnectionError } from "./connection-error.ts";
import { isOsmError as isBranded } from "./osm-error.ts";

/** Every error of this package; `name` distinguishes them. */
export type AnyOsmError = ApiError | ArgumentError | ConnectionError;

/**
 * True for every error of this package, also of another copy of it, for which `instanceof` is false. It is the only guard
 * that a caller needs: `name` distinguishes the classes.
 */
export const isOsmError: (value: unknown) => value is AnyOsmError = (value): value is AnyOsmError => isBranded(value);
