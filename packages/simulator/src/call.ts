import type { FastifyRequest } from "fastify";
import { isRecord } from "./is-record.ts";
import type { Operation } from "./operation.ts";

const EMPTY_BODY: Buffer = Buffer.alloc(0);

/** One request for a documented operation, read but not yet judged. */
export interface Call {
  readonly operation: Operation;
  /** Empty for the token call. */
  readonly ticket: string;
  readonly rawBody: Buffer;
  /** Undefined if the request has none, or none that is JSON. */
  readonly body: unknown;
  readonly isBodyMalformed: boolean;
  readonly request: FastifyRequest;
}

export function readCall(operation: Operation, request: FastifyRequest): Call {
  const parameters = isRecord(request.params) ? request.params : {};
  const ticket = typeof parameters["case_id"] === "string" ? parameters["case_id"] : "";
  const rawBody = Buffer.isBuffer(request.body) ? request.body : EMPTY_BODY;
  if (operation === "list") return { operation, ticket, rawBody, body: undefined, isBodyMalformed: false, request };
  try {
    const body: unknown = JSON.parse(rawBody.toString("utf8"));
    return { operation, ticket, rawBody, body, isBodyMalformed: false, request };
  } catch {
    return { operation, ticket, rawBody, body: undefined, isBodyMalformed: true, request };
  }
}

/** The related tickets that a create or a delete names, whether or not its body is valid. */
export function relatedIdsOf(call: Call): readonly string[] {
  if (!isRecord(call.body)) return [];
  const named = call.operation === "create" ? call.body["related_id_list"] : [call.body["related_id"]];
  return Array.isArray(named) ? named.filter((related): related is string => typeof related === "string") : [];
}
