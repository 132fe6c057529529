import { existsSync, readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../scripts/run-tool.ts";
import { GUIDES, RUNBOOK } from "./guides/guide-list.ts";
import { readGuide } from "./guides/read-guide.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** All that a page asks its reader to do, without comments. */
const stepsOf = (path: string): string[] =>
  readGuide(read(path)).map((step) => {
    const text = step.kind === "run" ? step.commands.map((each) => each.text).join("\n") : JSON.stringify(step);
    return text.replaceAll(/ +#[^\n"\\]*/g, "").replaceAll(/"line":\d+,/g, "");
  });

test("the README in Chinese has the commands of the README, and as many headings", () => {
  expect(stepsOf("README.zh-CN.md")).toEqual(stepsOf("README.md"));
  expect(levelsOf("README.zh-CN.md")).toEqual(levelsOf("README.md"));
});

const levelsOf = (path: string): string[] =>
  read(path)
    .replaceAll(/^```.*?^```/gms, "")
    .match(/^#+(?= )/gm) ?? [];

test("each README names the other one", () => {
  expect(read("README.md")).toContain("](README.zh-CN.md)");
  expect(read("README.zh-CN.md")).toContain("](README.md)");
});

test("the blocks of the guides that are not run are these, each with its reason", () => {
  const blocks = [...GUIDES, RUNBOOK].flatMap((path) =>
    readGuide(read(path)).flatMap((step) =>
      step.kind === "not-run" ? [`${path}: ${step.text.split(/\n| +#/)[0]} (${step.reason})`] : [],
    ),
  );
  const server = "(the tests have a Temporal server of their own)";
  expect(blocks).toEqual([
    "README.md: npm install --global caselink (it needs the release on npm; test/packages installs the packed packages in the same way)",
    "README.md: unset CASELINK_ENDPOINT CASELINK_TOKEN (the values are those of your account; docs/sign-in.md runs each way to sign in against the simulator)",
    "README.md: npx -y pnpm@12 demo (the demo and all tests; the second would start itself, and .ci/run runs it)",
    "README.md: npx -y pnpm@12 --silent caselink plan examples/associations.csv (test/packages/checkout.test.ts runs the command of a checkout)",
    `docs/operating.md: temporal server start-dev --port 7233 ${server}`,
    "docs/operating.md: CASELINK_DEPLOYMENT=caselink-intl caselink worker (packages/workflows/test/worker-versions.test.ts and test/upgrade/fleet.test.ts do)",
    "docs/operating.md: # Start a worker of that version. Or move all batches and lanes to workers that run: (packages/workflows/test/worker-versions.test.ts does)",
    "docs/deploying.md: docker build --file deploy/docker/Dockerfile --tag caselink . (it needs Docker; test/deploy/image.test.ts runs the steps of the Dockerfile)",
    "docs/deploying.md: docker run --detach --name worker --env-file account.env --stop-timeout 60 --read-only --tmpfs /tmp \\ (it needs Docker)",
    "docs/deploying.md: cp deploy/compose/.env.example deploy/compose/.env (it needs Docker)",
    "docs/deploying.md: kubectl create secret generic account-a \\ (it needs a Kubernetes cluster)",
    `docs/embed-the-workflows.md: npm install ${server}`,
    `docs/call-from-code.md: npm install ${server}`,
    "docs/testing-with-the-simulator.md: npm install @caselink/sdk @caselink/simulator (the packages of the checkout are used in place of those of npm)",
    "docs/runbook.md: export BATCH=nightly-7 (the tests set these for processes on one machine)",
  ]);
});

test("every block of commands in a guide is run or says why not", async () => {
  const others: string[] = [];
  for await (const path of glob("docs/*.md", { cwd: root })) {
    if ([...GUIDES, RUNBOOK].some((guide) => guide === path)) continue;
    if (/^```sh\n/m.test(read(path))) others.push(path);
  }
  // Published runs, which name the command that made them.
  expect(others.toSorted()).toEqual([]);
});

test("the links of the READMEs and guides lead to files that exist", async () => {
  const pages = ["README.md", "README.zh-CN.md"];
  for await (const path of glob("docs/*.md", { cwd: root })) pages.push(path);
  const missing = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(missing).toEqual([]);
});
