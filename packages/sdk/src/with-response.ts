import { ArgumentError } from "./argument-error.ts";
import type { CallFacts } from "./perform-call.ts";
import type { ResponseHeaders } from "./transport.ts";

export interface WithResponse<Data> {
  readonly data: Data;
  /** Of the answer that settled the call. */
  readonly headers: ResponseHeaders;
  readonly httpStatus: number;
  readonly requestId: string | undefined;
}

const HEADERS = Symbol.for("@caselink/sdk/headers");

/** Not enumerable: results are to be logged and compared. */
export function keepHeaders<Result extends CallFacts>(result: Result, headers: ResponseHeaders): Result {
  return Object.defineProperty(result, HEADERS, { value: headers });
}

/**
 * A call's result together with the answer that it came from: `await withResponse(client.listAssociations(…))`. Rejects as
 * the call does.
 * @throws ArgumentError (rejects) for anything but what a method of the client returned.
 */
export async function withResponse<Data extends CallFacts>(call: Promise<Data>): Promise<WithResponse<Data>> {
  const data = await call;
  const headers = (data as { [HEADERS]?: ResponseHeaders })[HEADERS];
  if (headers === undefined)
    throw new ArgumentError("call", "withResponse takes only the promise that a method of the client returned.");
  return {
    data,
    headers: { get: (name) => headers.get(name) },
    httpStatus: data.httpStatus,
    requestId: data.requestId,
  };
}
