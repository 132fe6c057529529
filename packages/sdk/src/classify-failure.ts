import type { ErrorClass, Execution } from "./failure.ts";
import { codesByMeaning } from "./generated/catalogue.ts";
import { findMeaning, type MeaningTable } from "./meaning-table.ts";

export interface FailureClass {
  readonly errorClass: ErrorClass;
  readonly execution: Execution;
}

/**
 * Classifies an error response. A documented code of the service decides, or a gateway's code with its documented status;
 * else the HTTP status, because the gateway sends one code with several statuses; else the code alone. If none of them is
 * known, class and execution are `unknown`.
 */
export function classifyFailure(httpStatus: number, code = ""): FailureClass {
  const byCode = findMeaning(codesByMeaning, code.replace(/^APIG\./, "APIGW."));
  const status = String(httpStatus);
  const isDocumented = byCode.length > 0 && (byCode[2] ?? status) === status;
  const byStatus = isDocumented ? [] : findMeaning(STATUSES, httpStatus >= 500 ? "500" : status);
  const [errorClass = "unknown", execution = "unknown"] = byStatus.length > 0 ? byStatus : byCode;
  // A test checks every entry of the table.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { errorClass, execution } as FailureClass;
}

/** A 404 of the gateway means a wrong address, never a missing ticket: a missing ticket is a code with HTTP 200. */
const STATUSES: MeaningTable = {
  "unauthenticated no": "401",
  "forbidden no": "403",
  "throttled no": "429",
  "transient unknown": "408 500",
  "unknown no": "404 405 407",
  "invalid-parameter no": "400 413 414 415",
};
