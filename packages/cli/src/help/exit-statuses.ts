import { exitStatus } from "../errors.ts";
import type { Section } from "./section.ts";

const MEANINGS = {
  succeeded: "every row succeeded; pause, resume, cancel and rate did what they were asked",
  failed: "caselink itself failed; the message says what happened and what to do",
  userError: "an error in the usage, the configuration or the input: nothing was sent",
  incomplete: "finished, but some rows did not succeed; verify: something differs from the report",
  blocked:
    "an operator is needed, for example because the credentials were rejected. The batch is safe and waits for caselink resume. verify, doctor, plan --check: the API lets this account read nothing",
  interrupted: "interrupted, or stopped in Temporal: the batch is safe, and caselink attach continues it",
} as const satisfies Record<keyof typeof exitStatus, string>;

/** Every exit status with its meaning. */
export const EXIT_STATUSES: Section = {
  title: "Exit statuses:",
  entries: (Object.keys(exitStatus) as (keyof typeof exitStatus)[]).map((name) => [
    String(exitStatus[name]),
    MEANINGS[name],
  ]),
};
