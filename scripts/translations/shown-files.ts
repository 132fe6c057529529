import { EXAMPLES } from "../../packages/cli/src/help/examples.ts";

/** The modules with texts for the users of the command. */
export const SHOWN = {
  all: ["packages/cli/src/**/*.ts", "packages/ledger/src/store/*.ts", "apps/worker/src/account.ts"],
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
  files: [
    /^packages\/cli\/src\/language\//,
    // Scripts: a shell and another process run them.
    /^packages\/cli\/src\/completion\/shell-scripts\.ts$/,
    /^packages\/cli\/src\/local\/download-script\.ts$/,
  ],
  texts: new Set<string>([
    // Before the language is known.
    "caselink: this is Node {{0}}, but {{1}}.{{2}} or newer is needed: https://nodejs.org\n",
    // The message of a library, by which its error is recognised.
    "Region is missing",
    // A command.
    "go install {{0}}@v{{1}}",
    // The status of a gRPC call after the command closed its connection: nothing awaits it.
    "the connection is closed",
    // Mistakes in the code that a user cannot cause.
    "This local Temporal is closed.",
    "The body of an object is not a stream.",
    // The cause of the error that is shown.
    "the bucket {{0}} was listed",
  ]),
};
