import { outcomeWords } from "../../packages/ledger/src/outcome.ts";
import { PAGE_TEXTS } from "../../packages/ledger/src/page/page-texts.ts";

/** The modules with texts for the users of the command. */
export const SHOWN = {
  all: [
    "packages/cli/src/**/*.ts",
    "packages/ledger/src/page/*.ts",
    "packages/ledger/src/report/{charts,html-report,outcome-meanings,page-*,reason-table,swatch}.ts",
  ],
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

/** Texts that their modules define in a list, by the file of the list. */
export const LISTED: Readonly<Record<string, readonly string[]>> = {
  "packages/ledger/src/page/page-texts.ts": PAGE_TEXTS,
  "packages/ledger/src/outcome.ts": Object.values(outcomeWords),
};

/** What looks like a text for users and is none. */
export const NOT_SHOWN = {
  files: [/^packages\/cli\/src\/language\//],
  texts: new Set<string>([
    // Markup, style and commands of the report's page.
    '<!doctype html>\n<html lang="{{0}}">\n<head>{{1}}<style>{{2}}</style>\n</head>\n<body>\n<main>\n',
    "figures reasons",
    "light dark",
    "screen and (max-width: 44rem)",
    "caselink attach {{0}}",
    "caselink report {{0}} --format csv --out {{1}}.csv",
    "caselink report {{0}} --outcome needs-fix --out fix.csv",
    "caselink retry {{0}}",
    "caselink run fix.csv",
    "caselink status {{0}}",
    "caselink undo {{0}}",
    "caselink verify {{0}}",
  ]),
};
