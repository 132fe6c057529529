// The only hand-written module that knows the API's own names.
import type { components } from "./generated/osm.ts";
import type { Association, AssociationRemoval, AssociationsRequest } from "./association-requests.ts";

type Schemas = components["schemas"];

export const ASSOCIATIONS_PATH = "/v2/servicerequest/cases/{case_id}/relations";
export const TOKENS_PATH = "/v3/auth/tokens";

// Tied to the description: a field that the description no longer has does not compile.
const LIST_FIELD = "case_relation_list" satisfies keyof Schemas["ListRelationResponse"];
const TICKET_FIELD = "case_id" satisfies keyof Schemas["CaseRealtionInfo"];
const DESCRIPTION_FIELD = "simple_description" satisfies keyof Schemas["CaseRealtionInfo"];
const USER_FIELD = "user_name" satisfies keyof Schemas["CaseRealtionInfo"];

export function toPath(ticketId: string): { path: { case_id: string } } {
  return { path: { case_id: ticketId } };
}

export function toCreationBody({ relatedIds, groupId }: AssociationsRequest): Schemas["CreateRelationsReq"] {
  const body = { related_id_list: [...relatedIds], ...toGroup(groupId) };
  // The document requires the group; later editions require it only for other people's tickets. The caller decides.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return body as Schemas["CreateRelationsReq"];
}

export function toRemovalBody({ relatedId, groupId }: AssociationRemoval): Schemas["DeleteRelationsReq"] {
  return { related_id: relatedId, ...toGroup(groupId) };
}

function toGroup(groupId: string | undefined): { group_id?: string } {
  return groupId === undefined ? {} : { group_id: groupId };
}

/**
 * The associations in the response to a list; none if its object lacks the field or has null there. Undefined for any other
 * body, also for an empty one: it must never be treated as "no associations".
 */
export function readAssociations(body: unknown): { readonly associations: Association[] } | undefined {
  const entries = isRecord(body) ? (body[LIST_FIELD] ?? []) : undefined;
  if (!Array.isArray(entries)) return undefined;
  const associations = entries.map(readAssociation);
  return associations.every((association) => association !== undefined) ? { associations } : undefined;
}

function readAssociation(entry: unknown): Association | undefined {
  if (!isRecord(entry)) return undefined;
  const ticketId = entry[TICKET_FIELD];
  const description = entry[DESCRIPTION_FIELD];
  const userName = entry[USER_FIELD];
  if (typeof ticketId !== "string" || ticketId === "") return undefined;
  return {
    ticketId,
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof userName === "string" ? { userName } : {}),
  };
}

/**
 * True for the body of a write that succeeded: none, or an object that names no error. A code or a message that is not text,
 * `error` and `success: false` are not documented: whether the write was executed is then unknown.
 */
export function isEmptySuccess(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  if (!isRecord(body) || body["success"] === false) return false;
  return ERROR_FIELDS.every((name) => isBlank(body[name]));
}

const CODE_FIELDS = ["error_code", "errorCode", "code"];
const MESSAGE_FIELDS = ["error_msg", "errorMsg", "message"];
const ERROR_FIELDS = [...CODE_FIELDS, ...MESSAGE_FIELDS, "error"];

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}

export interface FailureBody {
  /** Undefined if absent, null or blank: the response names no error. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly requestId: string | undefined;
}

/**
 * Reads a failure from a body of any known shape: `error_code` and `error_msg` of the service and the gateway, `errorCode`
 * and `errorMsg`, `code` and `message`, and IAM's, which nests the latter in `error`.
 */
export function readFailure(body: unknown): FailureBody {
  const outer = isRecord(body) ? body : {};
  const nested = isRecord(outer["error"]) ? outer["error"] : {};
  return {
    code: readText(...CODE_FIELDS.map((name) => outer[name]), nested["code"]),
    message: readText(...MESSAGE_FIELDS.map((name) => outer[name]), nested["message"]),
    requestId: readText(outer["request_id"]),
  };
}

export function toPasswordBody(credentials: {
  user: string;
  password: string;
  domain: string;
  projectId: string | undefined;
}): Schemas["KeystoneCreateUserTokenByPasswordReq"] {
  const { user, password, domain, projectId } = credentials;
  return {
    auth: {
      identity: { methods: ["password"], password: { user: { name: user, password, domain: { name: domain } } } },
      scope: projectId === undefined ? { domain: { name: domain } } : { project: { id: projectId } },
    },
  };
}

/** When a token expires and how long it lasts, as far as the response has this. */
export function readTokenLife(body: unknown): { expiresAt: number; lifetimeMs: number | undefined } | undefined {
  const token = isRecord(body) && isRecord(body["token"]) ? body["token"] : {};
  const expiresAt = Date.parse(readText(token["expires_at"]) ?? "");
  if (Number.isNaN(expiresAt)) return undefined;
  const issuedAt = Date.parse(readText(token["issued_at"]) ?? "");
  return { expiresAt, lifetimeMs: Number.isNaN(issuedAt) ? undefined : expiresAt - issuedAt };
}

function readText(...candidates: unknown[]): string | undefined {
  for (const candidate of candidates) {
    if (typeof candidate !== "string" && typeof candidate !== "number") continue;
    const text = String(candidate).trim();
    if (text !== "") return text;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
