import type { FastifyRequest } from "fastify";
import { isRecord } from "./is-record.ts";
import type { Operation } from "./operation.ts";

const EMPTY_BODY: Buffer = Buffer.alloc(0);

/** One request for a documented operation, parsed but not checked. */
export interface ParsedRequest {
  readonly operation: Operation;
  /** Empty for the token call. */
  readonly ticket: string;
  readonly rawBody: Buffer;
  /** Undefined if the request has no body or one that is not JSON. */
  readonly body: unknown;
  readonly isBodyMalformed: boolean;
  readonly raw: FastifyRequest;
}

export function parseRequest(operation: Operation, request: FastifyRequest): ParsedRequest {
  const parameters = isRecord(request.params) ? request.params : {};
  const ticket = typeof parameters["case_id"] === "string" ? parameters["case_id"] : "";
  const rawBody = Buffer.isBuffer(request.body) ? request.body : EMPTY_BODY;
  if (operation === "list")
    return { operation, ticket, rawBody, body: undefined, isBodyMalformed: false, raw: request };
  try {
    const body: unknown = JSON.parse(rawBody.toString("utf8"));
    return { operation, ticket, rawBody, body, isBodyMalformed: false, raw: request };
  } catch {
    return { operation, ticket, rawBody, body: undefined, isBodyMalformed: true, raw: request };
  }
}

/** The value of `X-Site`; undefined if the request has none. */
export function siteOf({ raw }: ParsedRequest): string | undefined {
  const value = raw.headers["x-site"];
  return typeof value === "string" ? value : undefined;
}

/** The related tickets that a create or a delete names, even if its body is invalid. */
export function relatedIdsOf(parsed: ParsedRequest): readonly string[] {
  if (!isRecord(parsed.body)) return [];
  const named = parsed.operation === "create" ? parsed.body["related_id_list"] : [parsed.body["related_id"]];
  return Array.isArray(named) ? named.filter((related): related is string => typeof related === "string") : [];
}
