import type { ErrorClass, Execution } from "./failure.ts";
import { errorCatalogue as generated } from "./generated/catalogue.ts";

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

export interface FailureClass {
  readonly errorClass: ErrorClass;
  readonly execution: Execution;
}

/**
 * What a failed answer means. A documented code of the service decides, and a gateway's code that came with its documented
 * status; else the HTTP status, because the gateway sends one code with several statuses; else the code alone. Anything
 * else is `unknown`, in class and execution.
 */
export function classifyFailure(httpStatus: number, code: string | undefined): FailureClass {
  const entry = code === undefined ? undefined : lookUp(code);
  if (entry !== undefined && (code?.startsWith("OSM.") === true || entry.httpStatus === httpStatus)) return entry;
  return classifyStatus(httpStatus) ?? entry ?? { errorClass: "unknown", execution: "unknown" };
}

function lookUp(code: string): ErrorCatalogueEntry | undefined {
  const name = code.replace(/^APIG\./, "APIGW.");
  return Object.hasOwn(errorCatalogue, name) ? errorCatalogue[name] : undefined;
}

function classifyStatus(httpStatus: number): FailureClass | undefined {
  if (httpStatus === 401) return { errorClass: "unauthenticated", execution: "no" };
  if (httpStatus === 403) return { errorClass: "forbidden", execution: "no" };
  if (httpStatus === 429) return { errorClass: "throttled", execution: "no" };
  if (httpStatus === 408 || httpStatus >= 500) return { errorClass: "transient", execution: "unknown" };
  // A 404 of the gateway is a wrong address, never a missing ticket: that one is a code with HTTP 200.
  if (httpStatus === 404 || httpStatus === 405) return { errorClass: "unknown", execution: "no" };
  if (httpStatus === 400 || httpStatus === 413 || httpStatus === 414 || httpStatus === 415)
    return { errorClass: "invalid-parameter", execution: "no" };
  return undefined;
}
