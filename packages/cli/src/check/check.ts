import type { OutcomeCounts } from "@caselink/workflows";

/** The progress and the results of a check of a plan. */
export interface Check {
  /** Reads to make in total. */
  reads: number;
  /** How many of these are of related tickets; undefined if related tickets are not read. */
  related: number | undefined;
  /** Reads made so far, by this check or by the interrupted one that it continues. */
  done: number;
  /** How many of these the interrupted check made. */
  reused: number;
  /** Time of the first of those, in milliseconds since 1970. */
  reusedFrom: number | undefined;
  /** Rows to send, by predicted outcome. */
  outcomes: OutcomeCounts;
  /** Rows without a prediction, because a ticket could not be read. */
  unknown: number;
  /** Tickets and related tickets that could not be read. */
  unread: number;
  /** The reason of the last of them. */
  unreadReason: string | undefined;
  /** Tickets that this account may not read. */
  forbiddenTickets: number;
  /** Predicted number of writes of the batch. */
  writes: number;
  /** The first tickets that cannot take all their rows in addition to their associations. */
  overLimitTickets: { ticket: string; has: number; requested: number }[];
  overLimitCount: number;
}

export const newCheck = (): Check => ({
  reads: 0,
  related: undefined,
  done: 0,
  reused: 0,
  reusedFrom: undefined,
  outcomes: {},
  unknown: 0,
  unread: 0,
  unreadReason: undefined,
  forbiddenTickets: 0,
  writes: 0,
  overLimitTickets: [],
  overLimitCount: 0,
});
