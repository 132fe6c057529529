import { ArgumentError } from "./argument-error.ts";
import type { AssociationRemoval, AssociationRemovals, AssociationsRequest } from "./association-requests.ts";
import { limits } from "./generated/catalogue.ts";
import { ASSOCIATIONS_PER_TICKET, GROUP_ID_MAX_LENGTH, RELATED_ID_MAX_LENGTH, TICKET_ID_MAX_LENGTH } from "./limits.ts";

/** @throws ArgumentError */
export function checkCreation(request: AssociationsRequest): void {
  const ticketId = checkTicketId(request);
  const { relatedIds, groupId } = request;
  if (!Array.isArray(relatedIds) || relatedIds.length === 0)
    throw new ArgumentError("relatedIds", "relatedIds is empty; give one to three ticket ids.");
  if (relatedIds.length > ASSOCIATIONS_PER_TICKET)
    throw new ArgumentError(
      "relatedIds",
      `relatedIds has ${relatedIds.length} ids; a ticket can have at most ${ASSOCIATIONS_PER_TICKET} associations.`,
    );
  for (const relatedId of relatedIds) {
    checkId("relatedIds", relatedId, RELATED_ID_MAX_LENGTH);
    checkDifferent("relatedIds", ticketId, relatedId);
  }
  if (new Set(relatedIds).size !== relatedIds.length)
    throw new ArgumentError("relatedIds", "relatedIds names a ticket twice.");
  if (groupId !== undefined) checkId("groupId", groupId, GROUP_ID_MAX_LENGTH);
}

/** @throws ArgumentError */
export function checkRemoval(request: AssociationRemoval): void {
  const ticketId = checkTicketId(request);
  const { relatedId, groupId } = request;
  checkRemovedId("relatedId", ticketId, relatedId);
  if (groupId !== undefined) checkId("groupId", groupId, GROUP_ID_MAX_LENGTH);
}

/** @throws ArgumentError */
export function checkRemovals(request: AssociationRemovals): void {
  const ticketId = checkTicketId(request);
  const { relatedIds, groupId } = request;
  if (!Array.isArray(relatedIds) || relatedIds.length === 0)
    throw new ArgumentError("relatedIds", "relatedIds is empty; give at least one ticket id.");
  for (const relatedId of relatedIds) checkRemovedId("relatedIds", ticketId, relatedId);
  if (new Set(relatedIds).size !== relatedIds.length)
    throw new ArgumentError("relatedIds", "relatedIds names a ticket twice.");
  if (groupId !== undefined) checkId("groupId", groupId, GROUP_ID_MAX_LENGTH);
}

function checkRemovedId(argument: string, ticketId: string, relatedId: string): void {
  checkId(argument, relatedId, limits.deletedRelatedIdMaxLength);
  checkDifferent(argument, ticketId, relatedId);
}

/**
 * Returns the request's ticket id.
 * @throws ArgumentError, also for a request that JavaScript leaves out
 */
export function checkTicketId(request: { readonly ticketId: string } | undefined): string {
  const ticketId = request?.ticketId ?? "";
  checkId("ticketId", ticketId, TICKET_ID_MAX_LENGTH);
  // RFC 3986 §6.2.2.3: such a path segment is removed on the way, and the request would go to another address.
  if (ticketId === "." || ticketId === "..")
    throw new ArgumentError("ticketId", `ticketId is "${ticketId}", which is not allowed in a URL.`);
  return ticketId;
}

/** @throws ArgumentError */
export function checkAuthentication(auth: { readonly authorize?: unknown } | undefined): void {
  if (typeof auth?.authorize !== "function")
    throw new ArgumentError(
      "auth",
      "auth cannot authenticate; give staticToken(...), iamPassword(...) or another way.",
    );
}

/**
 * The endpoint without a trailing slash.
 * @throws ArgumentError
 */
export function checkEndpoint(argument: string, endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new ArgumentError(argument, `${argument} is not a base URL such as https://osm.example.com.`);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new ArgumentError(argument, `${argument} is not a base URL: it has a user, query or fragment.`);
  if (!canDecode(url.pathname))
    throw new ArgumentError(
      argument,
      `${argument} has a % in its path that is not followed by two hexadecimal digits.`,
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function canDecode(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the value.
 * @throws ArgumentError, without the value, which may be a secret.
 */
export function checkHeaderValue(argument: string, value: string, maxLength = Infinity): string {
  if (typeof value !== "string" || value === "") throw new ArgumentError(argument, `${argument} is empty.`);
  if (value.length > maxLength)
    throw new ArgumentError(argument, `${argument} has ${value.length} characters; at most ${maxLength} are allowed.`);
  if (!/^[\u0021-\u007e](?:[\u0020-\u007e]*[\u0021-\u007e])?$/.test(value))
    throw new ArgumentError(argument, `${argument} contains characters that are not allowed in a header.`);
  return value;
}

/**
 * Returns the number; one in milliseconds must not be 0.
 * @throws ArgumentError
 */
export function checkNumber(argument: string, value: number): number {
  if (!(argument.endsWith("Ms") ? value > 0 : value >= 0))
    throw new ArgumentError(argument, `${argument} is ${value}; give a positive number.`);
  return value;
}

function checkId(argument: string, id: string, maxLength: number): void {
  if (typeof id !== "string" || id === "") throw new ArgumentError(argument, `${argument}: an id is empty.`);
  const length = Array.from(id).length;
  if (length > maxLength)
    throw new ArgumentError(
      argument,
      `${argument}: "${id.slice(0, 80)}" has ${length} characters; at most ${maxLength} are allowed.`,
    );
  if (/\p{Cc}|\p{Cs}/u.test(id))
    throw new ArgumentError(argument, `${argument}: ${JSON.stringify(id)} contains a control character.`);
}

function checkDifferent(argument: string, ticketId: string, relatedId: string): void {
  if (ticketId === relatedId)
    throw new ArgumentError(argument, `${argument}: "${ticketId}" cannot be associated with itself.`);
}
