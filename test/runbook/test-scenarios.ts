import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect, inject, onTestFailed, onTestFinished, test } from "vitest";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";
import { findNewPort } from "../find-new-port.ts";
import { root } from "../../scripts/run-tool.ts";
import type { ShellSession } from "../guides/shell-session.ts";
import { RUNBOOK } from "../guides/guide-list.ts";
import { checkEnds } from "./check-ends.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";

const page = await readFile(join(root, RUNBOOK), "utf8");

/** Registers a test for each scenario. */
export function testScenarios(scenarios: readonly Scenario[]): void {
  test.for(scenarios)("$section: the runbook's commands solve it if $incident", async (scenario) => {
    const folder = await mkdtemp(join(tmpdir(), "caselink-runbook-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const programs = join(folder, "programs");
    await mkdir(programs);
    const script = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "packages/cli/dist/main.js")}" "$@"\n`;
    await writeFile(join(programs, "caselink"), script, { mode: 0o755 });
    const { PATH = "", NODE_COMPILE_CACHE } = process.env;
    const path = [programs, dirname(process.execPath), dirname(inject("temporalCli")), PATH].join(delimiter);
    const port = await findNewPort();
    let opened: ShellSession | undefined;
    // A test that stands still shows where.
    onTestFailed(() => console.error(opened?.describe()));
    onTestFinished(() => opened?.[Symbol.asyncDispose]());
    const printed = await runScenario(
      scenario,
      {
        page,
        folder,
        env: { PATH: path, HOME: folder, NODE_COMPILE_CACHE, CASELINK_HOME: join(folder, "home"), CASELINK_LANG: "en" },
        temporalAddress: scenario.losesTemporal ? `127.0.0.1:${await findFreePort()}` : inject("temporalAddress"),
        port,
        onStart: (shell) => (opened = shell),
      },
      (report) => checkEnds(scenario, `http://127.0.0.1:${port}`, report),
    );
    for (const pattern of scenario.prints) expect(printed).toMatch(pattern);
  });
}
