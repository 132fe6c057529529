import { VIOLATION_KINDS, type Violations } from "@caselink/simulator";

/** The violations of a simulator at which nothing forbidden has happened. */
export const NO_VIOLATIONS = Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, []])) as unknown as Violations;
