import { VIOLATION_KINDS, type Violations } from "@caselink/simulator";

/** What a simulator says where nothing that must never happen has happened. */
export const NO_VIOLATIONS = Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, []])) as unknown as Violations;
