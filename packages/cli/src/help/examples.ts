/** A command line, and what it does. */
export type Example = readonly [line: string, what: string];

/** The examples of each command by its name, and of the whole command by the empty one. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "": [
    ["caselink plan tickets.csv", "shows what would be sent; sends nothing"],
    ["caselink run tickets.csv", "sends it, and follows the batch to its end; Ctrl-C is safe"],
    ["caselink report BATCH --format html", "every row with its outcome, as one page"],
    ["caselink help environment", "the variables to set; other topics: inputs, outcomes, exit-statuses, files"],
  ],
  plan: [
    ["caselink plan tickets.csv", "shows what would be sent"],
    [
      "caselink plan tickets.csv --check --out predicted.csv",
      "reads the tickets and predicts the outcome of every row",
    ],
    ["caselink plan tickets.xlsx --sheet Links --map case_id=Ticket", "reads one sheet, with a column of another name"],
  ],
  run: [
    ["caselink run tickets.csv", "asks if some rows are invalid"],
    ["caselink run tickets.csv --batch links-7 --max-rate 20 --yes", "for scripts; the same command again attaches"],
    ["gunzip -c rows.gz | caselink run - --format jsonl", "reads standard input"],
    ["caselink run --plan links-7", "runs a plan that caselink plan --save saved"],
  ],
  list: [["caselink list", "all batches of the ledger, with the rows that are not done"]],
  status: [["caselink status BATCH --watch", "repeats until the batch ends"]],
  attach: [["caselink attach BATCH", "follows it; continues it here if a crash interrupted it"]],
  pause: [["caselink pause BATCH", "requests in flight finish; nothing more starts"]],
  resume: [
    ["caselink resume BATCH", "after a pause, or when what blocked it is fixed"],
    ["caselink resume BATCH --take-over", "with other credentials, for example after a key was rotated"],
  ],
  cancel: [["caselink cancel BATCH", "rows that are not sent end as cancelled; retry takes them"]],
  rate: [
    ["caselink rate BATCH 5", "at most 5 requests per second from now on"],
    ["caselink rate BATCH none", "removes the maximum"],
  ],
  report: [
    ["caselink report BATCH > report.csv", "every row with its outcome"],
    ["caselink report BATCH --out report.html", "one page to read offline"],
    ["caselink report BATCH --outcome needs-fix --out fix.csv", "the rows that fail again if they are not changed"],
  ],
  retry: [
    ["caselink retry BATCH", "the rows that failed or were cancelled"],
    ["caselink retry BATCH --outcome limit_reached,not_found", "others, after a fix in the service desk"],
  ],
  undo: [["caselink undo BATCH", "removes what the batch created, and nothing else"]],
  verify: [
    ["caselink verify BATCH", "changes nothing; exit status 3 if something differs"],
    ["caselink verify BATCH --report report.csv --out differences.csv", "also checks a report file"],
  ],
  forget: [["caselink forget BATCH", "deletes its files; its associations stay"]],
  doctor: [
    ["caselink doctor", "one line for each check, and what to fix"],
    ["caselink doctor --probe TICKET OTHER --group-id GROUP", "associates the two, reads both, and removes it again"],
  ],
  worker: [["TEMPORAL_ADDRESS=temporal.internal:7233 caselink worker", "a worker of a cluster"]],
  cluster: [
    ["caselink cluster setup", "creates the search attributes, and says what else is missing"],
    ["caselink cluster setup --create-namespace --retention 30d", "also the namespace of TEMPORAL_NAMESPACE"],
    ["caselink cluster check --json", "creates nothing; for scripts"],
  ],
  "codec-server": [
    [
      "caselink codec-server --port 8888 --origin http://localhost:8233",
      "for a web page at that address: enter http://127.0.0.1:8888 there",
    ],
  ],
  simulator: [["caselink simulator --port 8080", "an API to try everything on; it accepts the token demo-token"]],
  completion: [
    ["source <(caselink completion bash)", "in ~/.bashrc"],
    ["source <(caselink completion zsh)", "in ~/.zshrc, after compinit"],
    ["caselink completion fish > ~/.config/fish/completions/caselink.fish", "once"],
  ],
  help: [
    ["caselink help run", "the options of a command"],
    ["caselink help inputs", "the files that caselink reads"],
  ],
};
