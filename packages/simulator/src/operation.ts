/** What the simulator can be asked: the three association operations and the token call. */
export const OPERATIONS = ["create", "list", "delete", "token"] as const;

export type Operation = (typeof OPERATIONS)[number];
