import type { ErrorClass, Execution } from "./failure.ts";
import { codesByMeaning } from "./generated/catalogue.ts";

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
  const known = (byCode ??= readEntries(codesByMeaning)).get(code.replace(/^APIG\./, "APIGW."));
  if (known !== undefined && (known.httpStatus ?? httpStatus) === httpStatus) return known;
  const status = String(httpStatus >= 500 ? 500 : httpStatus);
  return (byStatus ??= readEntries(STATUSES)).get(status) ?? known ?? { errorClass: "unknown", execution: "unknown" };
}

/** A 404 of the gateway is a wrong address, never a missing ticket: that one is a code with HTTP 200. */
const STATUSES = {
  "unauthenticated no": "401",
  "forbidden no": "403",
  "throttled no": "429",
  "transient unknown": "408 500",
  "unknown no": "404 405",
  "invalid-parameter no": "400 413 414 415",
};

interface Entry extends FailureClass {
  /** Of the gateway's codes. */
  readonly httpStatus: number | undefined;
}

let byCode: Map<string, Entry> | undefined;
let byStatus: Map<string, Entry> | undefined;

function readEntries(table: Readonly<Record<string, string>>): Map<string, Entry> {
  const read = new Map<string, Entry>();
  for (const [meaning, names] of Object.entries(table)) {
    // A test walks the whole table.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const [errorClass, execution] = meaning.split(" ") as [ErrorClass, Execution];
    for (const entry of names.split(" ")) {
      const [name = "", status] = entry.split(":");
      read.set(name, { errorClass, execution, httpStatus: status === undefined ? undefined : Number(status) });
    }
  }
  return read;
}
