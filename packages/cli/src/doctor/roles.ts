/**
 * The two roles of the service, and what each is for. Source: "Permissions Management" of the service tickets' user
 * guide.
 */
export const ROLES =
  "Ticket Group Operator: handles tickets of the same group, cannot create tickets. Ticket Administrator: creates tickets, cannot handle those of others in the same group. To associate tickets of the same group, a user needs Ticket Group Operator.";
