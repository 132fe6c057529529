// `npx -y pnpm@12 mutation [FOLDER] [--changed] [--concurrency N] [--files PATTERN]`: changes the code of `sdk`, `workflow`,
// `chunk` or `rates`, or without a name of the first three, in thousands of small ways and counts the changes that no test
// notices. Writes the table to docs/reliability.md. Ends with exit status 1 if the score of a folder is below 85 %.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { GROUPS, type MutationGroup } from "../test/mutation/groups.ts";
import { replaceSection } from "./reliability-section.ts";

const LEAST_SCORE = 85;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    /** Only mutants that changed, or whose tests did, since the run before; default: all. */
    changed: { type: "boolean", default: false },
    /** How many mutants are tested at the same time. */
    concurrency: { type: "string", default: "1" },
    /** Mutates only these files of the folder, and writes no table. */
    files: { type: "string", multiple: true },
  },
});
const [folder] = positionals;
// Each of their tests simulates minutes of requests: all mutants of rates take hours.
const isChosen = ({ folder: own, name }: MutationGroup): boolean =>
  folder === undefined ? own !== "rates" : folder === own || folder === name;
const groups = GROUPS.filter(isChosen);
if (groups.length === 0) {
  console.error(`there is no folder ${folder}; give sdk, workflow, chunk or rates`);
  process.exit(2);
}
for (const group of groups) await testMutants(group);
if (values.files) process.exit(0);

const rows = await Promise.all([...new Set(GROUPS.map((group) => group.folder))].map(rowOf));
const known = rows.filter((row) => row !== undefined);
const table = [
  "| folder | mutants | killed | survived | score |",
  "| --- | --- | --- | --- | --- |",
  ...known.map(({ name, killed, survived, score }) => {
    return `| ${name} | ${killed + survived} | ${killed} | ${survived} | ${score.toFixed(1)} % |`;
  }),
].join("\n");
console.log(`\n${table}`);
const document = new URL("../docs/reliability.md", import.meta.url);
await writeFile(document, replaceSection(await readFile(document, "utf8"), "Mutation testing", describe(table)));
console.log("wrote docs/reliability.md");
process.exit(known.some(({ score }) => score < LEAST_SCORE) ? 1 : 0);

/** Runs Stryker, which leaves its results in a file. */
async function testMutants(group: MutationGroup): Promise<void> {
  // The runner reads it.
  process.env["CASELINK_MUTATION_GROUP"] = group.name;
  await new Stryker({
    testRunner: "in-process",
    plugins: [fileURLToPath(new URL("../test/mutation/in-process-runner.ts", import.meta.url))],
    testRunnerNodeArgs: ["--conditions=@caselink/source"],
    mutate: values.files ?? [...group.sources],
    coverageAnalysis: "perTest",
    // Their code runs while a module is loaded, which happens once. Tests check their tables entry by entry.
    ignoreStatic: true,
    concurrency: Number(values.concurrency),
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 20,
    incremental: true,
    incrementalFile: resultsOf(group),
    force: !values.changed,
    ignorePatterns: ["bench/results"],
    // Node strips no types below node_modules.
    tempDirName: ".mutation",
    // TypeScript 7 has no API with which Stryker could read a tsconfig.
    tsconfigFile: "none",
    reporters: ["progress-append-only", "clear-text"],
    clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  }).runMutationTest();
}

function resultsOf({ name }: MutationGroup): string {
  return `bench/results/mutation-${name}.json`;
}

interface Row {
  readonly name: string;
  readonly killed: number;
  readonly survived: number;
  /** Percent. */
  readonly score: number;
}

/** The figures of a folder; undefined if one of its groups was never tested. */
async function rowOf(name: MutationGroup["folder"]): Promise<Row | undefined> {
  let [killed, survived] = [0, 0];
  for (const group of GROUPS.filter((each) => each.folder === name)) {
    const text = await readFile(resultsOf(group), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    const { files } = JSON.parse(text) as { files: Record<string, { mutants: { status: string }[] }> };
    for (const { status } of Object.values(files).flatMap(({ mutants }) => mutants)) {
      // A mutant that runs forever is noticed.
      if (status === "Killed" || status === "Timeout") killed++;
      if (status === "Survived" || status === "NoCoverage") survived++;
    }
  }
  return { name, killed, survived, score: (100 * killed) / (killed + survived) };
}

function describe(table: string): string {
  return `Written by \`npx -y pnpm@12 mutation\`: Stryker changes the code in one place at a time (a mutant), for example \`<\` to \`<=\`, and
runs the quick tests that reach that place. A mutant is killed if a test fails. \`sdk\` is the code that classifies responses,
decides on retries and admits requests; \`workflow\` and \`chunk\` are the folders of \`packages/workflows/src\`. The estimate of
the API's limit (\`mutation rates\`, hours) is in the table only if it was run. What counts, and which mutants survive: [decision](decisions/2026-11-29-mutation-testing.md).

${table}
`;
}
