/** The modules with texts for the users of the command. */
export const SHOWN = {
  all: ["packages/cli/src/**/*.ts"],
  messages: [
    "packages/ledger/src/**/*.ts",
    "packages/sdk/src/**/*.ts",
    "packages/workflows/src/**/*.ts",
    "apps/worker/src/**/*.ts",
  ],
} as const;

/** Texts of the library that reads the command line. */
export const OF_COMMANDER = [
  "Usage:",
  "Options:",
  "Arguments:",
  "Commands:",
  "missing required argument '{{0}}'",
  "option '{{0}}' argument missing",
  "option '{{0}}' cannot be used with option '{{1}}'",
  "option '{{0}}' argument '{{1}}' is invalid. {{2}}",
  "command-argument value '{{0}}' is invalid for argument '{{1}}'. {{2}}",
  "Allowed choices are {{0}}.",
  "unknown option '{{0}}'",
  "unknown command '{{0}}'",
  "too many arguments for '{{0}}'. Expected {{1}} argument but got {{2}}: {{3}}.",
  "too many arguments for '{{0}}'. Expected {{1}} arguments but got {{2}}: {{3}}.",
  "(Did you mean {{0}}?)",
  "(Did you mean one of {{0}}?)",
];

/** What looks like a text for users and is none. */
export const NOT_SHOWN = {
  files: [/^packages\/cli\/src\/language\//],
  texts: new Set<string>([
    // Only in the events of --json.
    "more than three rows name a related ticket, and it is not known whether an association counts on both tickets",
    "find out with caselink doctor --probe",
    "Did you mean {{0}}?",
    // Commands to type.
    "caselink run {{0}}",
    "caselink run --plan {{0}}",
    "caselink plan {{0}} --check",
    "caselink plan {{0}} --over-limit fill",
    "caselink status {{0}}",
  ]),
};
