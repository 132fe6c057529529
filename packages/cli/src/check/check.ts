import type { OutcomeCounts } from "@caselink/workflows";

/** How far a check of a plan is, and what it has found. */
export interface Check {
  /** Reads that there are to make. */
  reads: number;
  /** Of these: of related tickets. Undefined where they are not looked at. */
  related: number | undefined;
  /** Reads that are made, or were made by a check that was interrupted. */
  done: number;
  /** Of these: by that earlier one. */
  reused: number;
  /** When the first of those was, in milliseconds since 1970. */
  reusedFrom: number | undefined;
  /** Rows to send, by what they are foreseen to end as. */
  outcomes: OutcomeCounts;
  /** Rows of which nothing can be said, as a ticket could not be read. */
  unknown: number;
  /** Tickets and related tickets that could not be read. */
  unread: number;
  /** Of the last of them. */
  unreadReason: string | undefined;
  /** Tickets that we may not read. */
  forbiddenTickets: number;
  /** Writes that the batch is foreseen to make. */
  writes: number;
  /** Tickets that cannot take all their rows beside what they have; the first of them. */
  withoutRoom: { ticket: string; has: number; asked: number }[];
  withoutRoomCount: number;
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
  withoutRoom: [],
  withoutRoomCount: 0,
});
