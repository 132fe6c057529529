/** The most associations of a ticket. Source: "Creating an Association", Function. */
export const ASSOCIATIONS_PER_TICKET = 3;

/** The longest valid values, in characters. Source: "Creating an Association", URI and request body. */
export const LONGEST = { case_id: 64, related_id: 32, group_id: 64 } as const;

export type CheckedField = keyof typeof LONGEST;
