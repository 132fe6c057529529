// The public surface of `@caselink/sdk/errors`: the documented error codes with the vendor's messages. It is an entry of its
// own because the client works without it.
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

/** The documented error codes. Gateway codes have the prefix `APIGW.`; `APIG.` means the same. */
export const errorCatalogue: Readonly<Record<string, ErrorCatalogueEntry>> = generated;
