/** Things that a correct caller, and the simulator itself, never do. */
export const VIOLATION_KINDS = [
  /** A create would have taken the ticket past three associations. */
  "overLimitAsked",
  /** A ticket got more than three associations. */
  "overLimitStored",
  /** A create arrived while another one for the same ticket was in flight. */
  "racingWrites",
  /** A create named a ticket that was associated already. */
  "repeatedCreates",
  /** The simulator was about to send a response that the document does not allow: an error of the simulator itself. */
  "responseViolations",
] as const;

export type ViolationKind = (typeof VIOLATION_KINDS)[number];

export interface Violation {
  /** The journal entry's number. */
  readonly n: number;
  readonly ticket: string | undefined;
  readonly relatedIds: readonly string[];
  readonly detail: string;
}

export type Violations = Readonly<Record<ViolationKind, readonly Violation[]>>;
