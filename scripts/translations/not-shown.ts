import { EXAMPLES } from "../../packages/cli/src/help/examples.ts";

/** The command lines of the examples stay as they are. */
export const COMMAND_LINES = new Set(Object.values(EXAMPLES).flatMap((examples) => examples.map(([line]) => line)));

/** What looks like a text for users and is none. */
export const NOT_SHOWN = {
  files: [
    /^packages\/cli\/src\/language\//,
    // Names of columns, and a condition in SQL.
    /^packages\/ledger\/src\/plan\/columns\/column-names\.ts$/,
    /^packages\/ledger\/src\/plan\/checks\/screen-tickets\.ts$/,
    // The vendor's codes and messages, which stay as they are, and tables by kinds of errors.
    /^packages\/sdk\/src\/generated\//,
    /^packages\/sdk\/src\/(?:classify-failure|connection-failure|redaction)\.ts$/,
    // Shown in Temporal's web page.
    /^packages\/workflows\/src\/workflow\/batch-progress\.ts$/,
    // Sent to Temporal's web page and CLI.
    /^packages\/cli\/src\/codec\//,
    // Descriptions of metrics, which a monitoring system shows.
    /^packages\/workflows\/src\/observe\/meter-metrics\.ts$/,
    // Scripts: a shell and another process run them.
    /^packages\/cli\/src\/completion\/shell-scripts\.ts$/,
    /^packages\/cli\/src\/local\/download-script\.ts$/,
  ],
  texts: new Set<string>([
    // Parts of texts that OF_PARTS has as a whole.
    "{{0}}{{1}} has no {{2}} {{3}}. Its columns: {{4}}. {{5}}",
    "{{0}} give one group for all rows with --group-id",
    'Name the right {{0}} with --map, for example --map "{{1}}={{2}}"{{3}}.',
    "Rename all but one{{0}}.",
    ', or name the right one with --map, for example --map "{{0}}"',
    "line {{0}} above it is",
    "the {{0}} lines above it are",
    "the header is in line {{0}}; {{1}} not read: {{2}}",
    "the header stands again in {{0}} {{1}}{{2}}, and is skipped",
    " and {{0}} more",
    "one of its lines looks like a row, which is",
    "{{0}} of its lines look like rows, which are",
    "a value in quotation marks goes on to line {{0}}; {{1}} not read",
    "at character {{0}} of line {{1}}{{2}}",
    " and in {{0}}",
    "has bytes that are not {{0}}, {{1}}, which are read as U+FFFD{{2}}",
    "Name the sheet with the tickets with --sheet, or move it to the front.{{0}}",
    " Its other sheets: {{0}}.",
    "an empty first sheet",
    "nothing in the sheet that --sheet names",
    "{{0}} Or name a hidden sheet with --sheet.",
    "{{0}}. Its sheets: {{1}}",
    "an old spreadsheet (XLS), or one with a password",
    "an empty archive",
    "compressed with zstd",
    "compressed with xz",
    "compressed with bzip2",
    "{{0}} is not {{1}}: its first bytes are different. {{2}}",
    "is not {{0}}",
    "{{0}} in line {{1}}",
    "has several lists of objects, {{0}}: leave only the one with the rows",
    " while signing in",
    "temporal worker deployment set-current-version",
    "temporal workflow update-options",
    "ensure associations",
    "create associations",
    "list associations",
    "delete association",
    "remove associations",
    "sign in (POST {{0}})",
    "further reason",
    "other place",
    "has no room for it: at most three associations",
    "the ticket {{0}}",
    "the related ticket {{0}} {{1}}",
    "no code",
    "with a token",
    "of account {{0}}",
    "no worker {{0}} runs for this API; start one with the credentials of the batch: caselink worker",
    "the batch is {{0}} already",
    "batch {{0}} may have written to the ticket: this row waits until that batch has read it or ends{{1}}",
    "the API does not behave as documented: the ticket of row {{0}} had associations: {{1}} before a {{2}} of {{3}} that succeeded, {{4}} after it; {{5}}",
    "'ends in zeros after {{0}} digits, like all long numbers of the column'",
    // Only in the rejects file, which has one language.
    "{{0}}: left out so that the row stays invalid until someone checks it; enter it again to send the row",
    // The columns of a query, and the beginning of a message of DuckDB's.
    "file, line, rule_order, field, column_name, value, reason, advice, related_column",
    "Out of Memory Error",
    // Caught where they are thrown.
    "records and lines differ",
    "header again",
    "a prediction removes nothing",
    // Says how a text is kept, and never stands in a message.
    "as text",
    "as value",
    "the response is not as documented",
    "the response has no X-Subject-Token",
    "it has {{0}} of {{1}} associations and no room for {{2}} more",
    // Errors of a program that uses the packages, which the command never gets.
    "A check goes by the digest of its input.",
    "The part of a check has small letters, digits and hyphens.",
    "A query returned a value that is neither text nor number.",
    "given explicitly",
    "withResponse takes only the promise that a method of the client returned.",
    "auth cannot authenticate; give staticToken(...), iamPassword(...) or another way.",
    "is set by the client and cannot be replaced",
    "is not the name of a header",
    "expiresAt is neither a date nor milliseconds since 1970.",
    "relatedIds names a ticket twice.",
    // Kinds of tickets and ends of workflows, which tables name.
    "without associations",
    "with associations",
    "continued as new",
    "timed out",
    // Temporal's own words, which are compared, and the title and the log of a workflow.
    "Workflow execution terminated",
    "{{0}}: {{1}} rows of {{2}} tickets",
    "Undo of {{0}}",
    "the batch takes no more reports",
    // Lines of a worker's log, and the words of its /ready.
    "the turn ended: an operator has to act",
    "the turn ended: its batch waits",
    "the API rejects the credentials: the worker takes no chunk until it accepts them",
    "the API accepts the credentials again: the worker takes chunks",
    "the API does not accept the credentials: {{0}}",
    "the worker takes no chunk yet: it checks its credentials first",
    "the worker is shutting down",
    "the worker has failed",
    "the worker has not started",
    "the ledger cannot be read",
    "Temporal does not respond",
    // Only in the events of --json.
    "more than three rows name a related ticket, and it is not known whether an association counts on both tickets",
    "find out with caselink doctor --probe",
    "Did you mean {{0}}?",
    // Markup and style of the report's page.
    '<!doctype html>\n<html lang="{{0}}">\n<head>{{1}}<style>{{2}}</style>\n</head>\n<body>\n<main>\n',
    "figures reasons",
    "light dark",
    "screen and (max-width: 44rem)",
    // Commands to type.
    "caselink attach {{0}}",
    "caselink report {{0}} --format csv --out {{1}}.csv",
    "caselink report {{0}} --outcome needs-fix --out fix.csv",
    "caselink retry {{0}}",
    "caselink verify {{0}}",
    "caselink run {{0}}",
    "caselink run --plan {{0}}",
    "caselink plan {{0}} --check",
    "caselink plan {{0}} --over-limit fill",
    "caselink status {{0}}",
    " caselink attach {{0}}",
    "  caselink attach {{0}}",
    "  caselink doctor --probe TICKET OTHER --group-id GROUP",
    "caselink report {{0}} --format html",
    "caselink report {{0}} --outcome needs-fix",
    "  caselink resume {{0}}",
    "caselink run fix.csv",
    "caselink undo {{0}}",
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
