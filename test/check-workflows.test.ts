import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findRuleProblems, lintWorkflows } from "../scripts/check-workflows.ts";
import { installTool } from "../scripts/install-tool.ts";
import { LINTERS } from "../scripts/workflow-linters.ts";

const GOOD = `name: Example
on: push
permissions:
  contents: read
concurrency: example
jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: echo done
`;
const path = ".github/workflows/example.yml";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "caselink-workflows-"));
  await mkdir(join(folder, ".github/workflows"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each<[problem: string, from: string | RegExp, to: string]>([
  ["must be pinned by commit", /@3d3c.*/, "@v7"],
  ["must be pinned by commit", / # v7\.0\.1/, ""],
  ["permissions are not contents: read", "contents: read", "contents: write"],
  ["permissions are not contents: read", "contents: read\n", "contents: read\n  packages: write\n"],
  ["has no concurrency", "concurrency: example\n", ""],
  ["the job build has no timeout-minutes", "    timeout-minutes: 5\n", ""],
  ["no workflow needs a secret", "echo done", "echo ${{ secrets.NPM_TOKEN }}"],
  ["only publish.yml may ask", "    steps:", "    permissions:\n      id-token: write\n    steps:"],
])("a rule reports: %s", (problem, from, to) => {
  expect(findRuleProblems(path, GOOD)).toEqual([]);
  expect(findRuleProblems(path, GOOD.replace(from, to))).toContainEqual(expect.stringContaining(problem));
});

test("the job that publishes needs the environment npm", () => {
  const publishing = GOOD.replace("    steps:", "    permissions:\n      id-token: write\n    steps:");
  const file = ".github/workflows/publish.yml";
  expect(findRuleProblems(file, publishing)).toEqual([expect.stringContaining("outside of the environment npm")]);
  expect(findRuleProblems(file, publishing.replace("    steps:", "    environment: npm\n    steps:"))).toEqual([]);
});

test.each([
  ["actionlint", "runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n    runs-in: circles", /unexpected key "runs-in"/],
  ["zizmor", "echo done", 'echo "${{ github.event.pull_request.title }}"', /template-injection/],
] as const)("%s finds a fault in a workflow", async (name, from, to, finding) => {
  const linters = LINTERS.filter((linter) => linter.name === name);
  await writeFile(join(folder, path), GOOD);
  const { skipped, problems } = await lintWorkflows(folder, linters);
  if (skipped.length > 0) {
    console.log(`skipped: ${skipped.join("; ")}`);
    return;
  }
  expect(problems).toEqual([]);
  await writeFile(join(folder, path), GOOD.replace(from, to));
  expect((await lintWorkflows(folder, linters)).problems).toEqual([expect.stringMatching(finding)]);
});

test("a linter that cannot be installed is skipped with the reason, and leaves nothing behind", async () => {
  const linter = { name: "none", version: "1.0.0", program: "none", args: [], install: async () => "no network" };
  expect(await installTool(linter, folder)).toEqual({ missing: "no network" });
  const quiet = { ...linter, install: async (work: string) => writeFile(join(work, "none"), "").then(() => undefined) };
  expect(await installTool(quiet, folder)).toEqual({ path: join(folder, "none/1.0.0/none") });
});
