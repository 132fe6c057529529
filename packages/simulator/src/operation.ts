/** The operations of the simulator: three for associations, and the token call. */
export const OPERATIONS = ["create", "list", "delete", "token"] as const;

export type Operation = (typeof OPERATIONS)[number];
