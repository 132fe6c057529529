import { VIOLATION_KINDS, type Violations } from "@caselink/simulator";

/** The report of a simulator without violations. */
export const NO_VIOLATIONS = Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, []])) as unknown as Violations;
