// The public surface of `@caselink/sdk/errors`: the documented error codes in the vendor's words. Apart, because no client
// needs them to be right.
import type { ErrorClass, Execution } from "./failure.ts";
import { errorCatalogue as generated } from "./generated/error-catalogue.ts";

export interface ErrorCatalogueEntry {
  /** The vendor's documented message. */
  readonly message: string;
  /** The HTTP status that it is documented with; 200 for most. */
  readonly httpStatus: number;
  readonly errorClass: ErrorClass;
  readonly execution: Execution;
}

/** The documented error codes. Gateway codes stand with the prefix `APIGW.`; `APIG.` means the same. */
export const errorCatalogue: Readonly<Record<string, ErrorCatalogueEntry>> = generated;
