/** The pages whose commands are run, by their path in the checkout. */
export const GUIDES = [
  "README.md",
  "docs/first-batch.md",
  "docs/sign-in.md",
  "docs/from-a-spreadsheet.md",
  "docs/reading-the-report.md",
  "docs/when-something-goes-wrong.md",
  "docs/operating.md",
  "docs/deploying.md",
  "docs/embed-the-workflows.md",
  "docs/call-from-code.md",
  "docs/testing-with-the-simulator.md",
] as const;

/** Its sections are run one by one, each in the incident it is for: see `test/runbook`. */
export const RUNBOOK = "docs/runbook.md";
