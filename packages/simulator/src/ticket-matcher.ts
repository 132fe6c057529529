import type { TicketPattern } from "./config.ts";

/** Returns a function that checks a ticket against a regular expression's source or a list of tickets. */
export function createTicketMatcher(pattern: TicketPattern): (ticket: string) => boolean {
  if (typeof pattern === "string") {
    const expression = new RegExp(pattern);
    return (ticket) => expression.test(ticket);
  }
  const tickets = new Set(pattern);
  return (ticket) => tickets.has(ticket);
}
