import { ArgumentError } from "./argument-error.ts";
import type { CallFacts } from "./perform-call.ts";
import type { ResponseHeaders } from "./transport.ts";

export interface WithResponse<Data> {
  readonly data: Data;
  /** The headers of the last response. */
  readonly headers: ResponseHeaders;
  readonly httpStatus: number;
  readonly requestId: string | undefined;
}

const HEADERS = Symbol.for("@caselink/sdk/headers");

/** Stores the headers in a property that is not enumerable, so that results can be logged and compared. */
export function keepHeaders<Result extends CallFacts>(result: Result, headers: ResponseHeaders): Result {
  return Object.defineProperty(result, HEADERS, { value: headers });
}

/** Gives a result that sums up several calls the headers of the last one, if they are known. */
export function copyHeaders<Result extends CallFacts>(last: CallFacts, result: Result): Result {
  const headers = (last as { [HEADERS]?: ResponseHeaders })[HEADERS];
  return headers === undefined ? result : keepHeaders(result, headers);
}

/**
 * The result of a call together with its response: `await withResponse(client.listAssociations(…))`. Rejects like the call.
 * @throws ArgumentError (rejects) if `call` is not the promise of a method of the client.
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
