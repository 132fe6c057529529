import type { Operation } from "./operation.ts";

/**
 * What can go wrong with a request. "Write" is whatever the operation changes: an association, a token;
 * for a list it means that the read was done.
 */
export const FAULTS = [
  /** The connection is reset and nothing is written. */
  "resetBefore",
  /** The write is done and the connection is reset instead of an answer. */
  "lostResponse",
  /** Refused by the gateway, nothing is written. */
  "http429",
  "http500",
  "http503",
  /** The write is done, and yet the answer is HTTP 500. */
  "http500AfterWrite",
  /** No answer ever, nothing is written. */
  "hang",
  /** The write is done and there is no answer ever. */
  "hangAfterWrite",
  /** HTTP 200 with OSM.01010014, nothing is written. Association operations only. */
  "operationFailed",
  /** The ordinary answer, `slowMs` later. */
  "slow",
] as const;

export type Fault = (typeof FAULTS)[number];

/** Probability of each fault, 0 to 1; their sum is at most 1. */
export type FaultRates = Partial<Record<Fault, number>>;

/** A fault that the next matching requests meet for certain. */
export interface ScriptedFault {
  readonly operation: Operation;
  readonly fault: Fault;
  /** Only requests for this ticket; any ticket without it. */
  readonly ticket?: string;
  /** How many matching requests. Default 1. */
  readonly times?: number;
}

/** Whether the operation can meet the fault: the token call belongs to another service and has no OSM error codes. */
export function isFaultOf(operation: Operation, fault: Fault): boolean {
  return !(operation === "token" && fault === "operationFailed");
}
