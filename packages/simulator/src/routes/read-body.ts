import { osmResponse, type SimulatedResponse } from "../simulated-response.ts";
import type { ParsedRequest } from "../parsed-request.ts";
import { isRecord } from "../is-record.ts";
import { userOf } from "../user-of.ts";
import type { WireValidation } from "../wire-validation.ts";
import type { SimulatorState } from "../simulator-state.ts";

/** The body of a valid request, or the response that rejects the request. */
export type BodyOrRejection<Body> =
  | { readonly body: Body; readonly rejection?: undefined }
  | { readonly rejection: SimulatedResponse };

/** Checks the parameters, then that the ticket exists, then that the caller may change it. */
export function readBody<Body>(
  state: SimulatorState,
  parsed: ParsedRequest,
  validation: WireValidation<Body>,
): BodyOrRejection<Body> {
  const { body, ticket, raw } = parsed;
  if (parsed.isBodyMalformed) return { rejection: osmResponse("OSM.0001") };
  const { params, headers, query } = raw;
  const parameterError = validation.checkParameters({
    path: isRecord(params) ? params : {},
    header: headers,
    query: isRecord(query) ? query : {},
  });
  if (parameterError !== undefined || !validation.isBody(body)) return { rejection: osmResponse("OSM.01010001") };
  if (state.isUnknown(ticket) || state.isUnknownTo(userOf(raw.headers, state.issuer), ticket))
    return { rejection: osmResponse("OSM.01010015") };
  if (state.isForbidden(ticket)) return { rejection: osmResponse("OSM.01010002") };
  return { body };
}
