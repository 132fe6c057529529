/** The lines of a CSV with the columns of the contract. */
export const csv = (...rows: string[]): string => ["case_id,related_id,group_id", ...rows, ""].join("\n");

/** `perTicket` lines of a CSV for each of `tickets` tickets, ticket by ticket. */
export const rowsOf = (tickets: number, perTicket = 1): string[] =>
  Array.from({ length: tickets * perTicket }, (_, at) => `T${Math.floor(at / perTicket)},r${at},g`);

/** The same, in rounds over the tickets: the rows of a ticket stand far apart. */
export const rowsInRounds = (tickets: number, perTicket: number, related = "r"): string[] =>
  Array.from({ length: tickets * perTicket }, (_, at) => `T${at % tickets},${related}${at},g`);
