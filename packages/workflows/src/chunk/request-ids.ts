/** The ids that a request names, as in the SDK's requests. */
export interface NamedIds {
  readonly ticketId: string;
  readonly relatedIds?: readonly string[];
  readonly relatedId?: string;
  readonly groupId?: string | undefined;
}

const HIDDEN = "(id)";
const requests = new WeakMap<object, NamedIds>();

/** Keeps the request of an error, so that what Temporal stores of the error names none of its ids. */
export function rememberRequest(error: unknown, request: NamedIds): void {
  if (typeof error === "object" && error !== null) requests.set(error, request);
}

/**
 * A text about an error without the ids of its request. Temporal stores why a batch waits, and the API may name tickets in its
 * messages. The results of the rows, which are in the ledger, have the messages as they are.
 */
export function withoutIds(text: string, error: Error): string {
  // A longer id may contain a shorter one.
  return idsOf(error)
    .toSorted((a, b) => b.length - a.length)
    .reduce(withoutId, text);
}

function idsOf(error: Error): string[] {
  // Errors of the SDK name the ticket of their request.
  const own = "ticketId" in error && typeof error.ticketId === "string" ? [error.ticketId] : [];
  const request = requests.get(error);
  if (!request) return own;
  const { ticketId, relatedId, relatedIds = [], groupId } = request;
  return [ticketId, relatedId, ...relatedIds, groupId].filter((id) => id !== undefined).filter((id) => id !== "");
}

/** Replaces an id that stands alone: a short one such as `g` is also a part of words. */
function withoutId(text: string, id: string): string {
  let clean = "";
  let from = 0;
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, from)) {
    const end = at + id.length;
    const isAlone = !isWord(text[at - 1]) && !isWord(text[end]);
    clean += text.slice(from, at) + (isAlone ? HIDDEN : id);
    from = end;
  }
  return clean + text.slice(from);
}

const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
