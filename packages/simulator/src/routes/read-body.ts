import { osmAnswer, type Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { isRecord } from "../is-record.ts";
import type { WireValidation } from "../wire-validation.ts";
import type { World } from "../world.ts";

/** The body of a request that the service looks into, or what it answers before that. */
export type BodyOrRefusal<Body> = { readonly body: Body; readonly refusal?: undefined } | { readonly refusal: Answer };

/** The parameter check, then whether the ticket exists and may be touched. */
export function readBody<Body>(world: World, call: Call, validation: WireValidation<Body>): BodyOrRefusal<Body> {
  const { body, ticket, request } = call;
  if (call.isBodyMalformed) return { refusal: osmAnswer("OSM.0001") };
  const { params, headers, query } = request;
  const parameterFault = validation.checkParameters({
    path: isRecord(params) ? params : {},
    header: headers,
    query: isRecord(query) ? query : {},
  });
  if (parameterFault !== undefined || !validation.isBody(body)) return { refusal: osmAnswer("OSM.01010001") };
  if (world.isUnknown(ticket)) return { refusal: osmAnswer("OSM.01010015") };
  if (world.isForbidden(ticket)) return { refusal: osmAnswer("OSM.01010002") };
  return { body };
}
