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
  entries ??= readEntries();
  const known = entries.get(code.replace(/^APIG\./, "APIGW."));
  const isExact = known !== undefined && (known.httpStatus ?? httpStatus) === httpStatus;
  return (isExact ? known : (classifyStatus(httpStatus) ?? known)) ?? { errorClass: "unknown", execution: "unknown" };
}

interface Entry extends FailureClass {
  /** Of the gateway's codes. */
  readonly httpStatus: number | undefined;
}

let entries: Map<string, Entry> | undefined;

function readEntries(): Map<string, Entry> {
  const read = new Map<string, Entry>();
  for (const [meaning, codes] of Object.entries(codesByMeaning)) {
    // A test walks the whole table.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const [errorClass, execution] = meaning.split(" ") as [ErrorClass, Execution];
    for (const code of codes.split(" ")) {
      const [name = "", status] = code.split(":");
      read.set(name, { errorClass, execution, httpStatus: status === undefined ? undefined : Number(status) });
    }
  }
  return read;
}

function classifyStatus(httpStatus: number): FailureClass | undefined {
  const [errorClass, execution]: [ErrorClass?, Execution?] =
    httpStatus === 401
      ? ["unauthenticated", "no"]
      : httpStatus === 403
        ? ["forbidden", "no"]
        : httpStatus === 429
          ? ["throttled", "no"]
          : httpStatus === 408 || httpStatus >= 500
            ? ["transient", "unknown"]
            : // A 404 of the gateway is a wrong address, never a missing ticket: that one is a code with HTTP 200.
              httpStatus === 404 || httpStatus === 405
              ? ["unknown", "no"]
              : [400, 413, 414, 415].includes(httpStatus)
                ? ["invalid-parameter", "no"]
                : [];
  return errorClass && execution && { errorClass, execution };
}
