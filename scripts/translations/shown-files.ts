import { EXAMPLES } from "../../packages/cli/src/help/examples.ts";

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

/** Texts that do not look like texts, and are shown. */
export const ALSO_SHOWN = [
  "a ready-made token (X-Auth-Token)",
  "for s3://: with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_PROFILE",
  "in ~/.bashrc",
  "once",
];

/** The command lines of the examples stay as they are. */
export const COMMAND_LINES = new Set(Object.values(EXAMPLES).flatMap((examples) => examples.map(([line]) => line)));

/** What looks like a text for users and is none. */
export const NOT_SHOWN = {
  files: [/^packages\/cli\/src\/language\//],
  texts: new Set<string>([]),
};
