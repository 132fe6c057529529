import type { ErrorClass, Execution } from "./failure.ts";
import { codesByMeaning } from "./generated/catalogue.ts";
import { findMeaning, type MeaningTable } from "./meaning-table.ts";

export interface FailureClass {
  readonly errorClass: ErrorClass;
  readonly execution: Execution;
}

/**
 * What a failed answer means. A documented code of the service decides, and a gateway's code that came with its documented
 * status; else the HTTP status, because the gateway sends one code with several statuses; else the code alone. Anything
 * else is `unknown`, in class and execution.
 */
export function classifyFailure(httpStatus: number, code = ""): FailureClass {
  const byCode = findMeaning(codesByMeaning, code.replace(/^APIG\./, "APIGW."));
  const status = String(httpStatus);
  const isDocumented = byCode.length > 0 && (byCode[2] ?? status) === status;
  const byStatus = isDocumented ? [] : findMeaning(STATUSES, httpStatus >= 500 ? "500" : status);
  const [errorClass = "unknown", execution = "unknown"] = byStatus.length > 0 ? byStatus : byCode;
  // A test walks the whole table.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { errorClass, execution } as FailureClass;
}

/** A 404 of the gateway is a wrong address, never a missing ticket: that one is a code with HTTP 200. */
const STATUSES: MeaningTable = {
  "unauthenticated no": "401",
  "forbidden no": "403",
  "throttled no": "429",
  "transient unknown": "408 500",
  "unknown no": "404 405",
  "invalid-parameter no": "400 413 414 415",
};
