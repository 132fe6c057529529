import { limits } from "./generated/catalogue.ts";

/**
 * A service ticket can have at most three associations.
 *
 * Source: "Creating an Association", Function and `related_id_list`.
 */
export const ASSOCIATIONS_PER_TICKET = limits.associationsPerTicket;

/** Longest ticket id, in characters. Source: "Creating an Association", `case_id`. */
export const TICKET_ID_MAX_LENGTH = limits.ticketIdMaxLength;

/** Longest id of a related ticket, in characters. Source: "Creating an Association", `related_id_list`. */
export const RELATED_ID_MAX_LENGTH = limits.relatedIdMaxLength;

/** Longest group id, in characters. Source: "Creating an Association", `group_id`. */
export const GROUP_ID_MAX_LENGTH = limits.groupIdMaxLength;
