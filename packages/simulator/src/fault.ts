import type { Operation } from "./operation.ts";

/**
 * The faults that can be injected into a request. "Write" is the change that the operation makes: an association or a token.
 * For a list, "the write is done" means that the list was read.
 */
export const FAULTS = [
  /** The connection is reset and nothing is written. */
  "resetBefore",
  /** The write is done and the connection is reset instead of a response. */
  "lostResponse",
  /** An error response, nothing is written. */
  "http429",
  "http500",
  "http503",
  /** The write is done, but the response is HTTP 500. */
  "http500AfterWrite",
  /** There is never a response, and nothing is written. */
  "hang",
  /** The write is done, but there is never a response. */
  "hangAfterWrite",
  /** HTTP 200 with OSM.01010014, nothing is written. Association operations only. */
  "operationFailed",
  /** The ordinary response, `slowMs` later. */
  "slow",
] as const;

export type Fault = (typeof FAULTS)[number];

/** The probability of each fault, from 0 to 1; their sum is at most 1. */
export type FaultRates = Partial<Record<Fault, number>>;

/** A fault that the next matching requests certainly get. */
export interface ScriptedFault {
  readonly operation: Operation;
  readonly fault: Fault;
  /** Only requests for this ticket; default: any ticket. */
  readonly ticket?: string;
  /** Number of matching requests; default 1. */
  readonly times?: number;
}

/** True if the operation can have the fault: the token call belongs to another service and has no OSM error codes. */
export function isFaultOf(operation: Operation, fault: Fault): boolean {
  return !(operation === "token" && fault === "operationFailed");
}
