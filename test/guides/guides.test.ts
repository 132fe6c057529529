import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { openCliHarness, type CliHarness } from "@caselink/test-support/cli";
import { workbook } from "../../packages/ledger/test/workbook.ts";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";
import { findNewPort } from "../find-new-port.ts";
import { root } from "../../scripts/run-tool.ts";
import { GUIDES } from "./guide-list.ts";
import { installExample, installPackages } from "./install-example.ts";
import { findMissingLines, readGuide } from "./read-guide.ts";
import { openShell } from "./shell-session.ts";

/** All guides share one state folder, and so one local Temporal and one ledger. */
let stage: CliHarness;
let temporal: AsyncDisposable;
/** A folder on the `PATH` with the command, as a reader has installed it. */
let programs: string;

beforeAll(async () => {
  stage = await openCliHarness();
  temporal = await stage.keepLocalTemporal();
  programs = join(stage.folder, "programs");
  await mkdir(programs);
  const script = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "packages/cli/dist/main.js")}" "$@"\n`;
  await writeFile(join(programs, "caselink"), script, { mode: 0o755 });
});

afterAll(async () => {
  await temporal[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

/** The files that a reader has before the guide begins. */
const FILES: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  "docs/from-a-spreadsheet.md": (folder) =>
    writeFile(
      join(folder, "tickets.xlsx"),
      workbook({
        formats: ["00000000"],
        rows: [
          ["Ticket ID", "Related ticket ID 1", "Related ticket ID 2", "User group ID", "Note"],
          ["SR1201", "SR2201", "SR2202", "group-1", "network"],
          [{ xml: ' s="1"><v>1202</v>' }, "SR2201", undefined, "group-1", "shown as 00001202"],
        ],
      }),
    ),
  "docs/embed-the-workflows.md": (folder) => installExample("embed", folder),
  "docs/call-from-code.md": (folder) => installExample("submit", folder),
  "docs/testing-with-the-simulator.md": installPackages,
};

describe.each(GUIDES)("%s", (name) => {
  test("its commands run in the order given, and print what it shows", async () => {
    const folder = await mkdtemp(join(tmpdir(), "caselink-guide-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    await FILES[name]?.(folder);
    const [port, healthPort] = [await findNewPort(), await findFreePort()];
    // The addresses of the guides are those that readers have; a test must not depend on what else runs on the machine.
    const adapt = (text: string): string =>
      text
        .replaceAll("127.0.0.1:7233", inject("temporalAddress"))
        .replaceAll("127.0.0.1:4010", `127.0.0.1:${port}`)
        .replaceAll("--port 4010", `--port ${port}`)
        .replaceAll("127.0.0.1:4011", `127.0.0.1:${healthPort}`);
    const { PATH = "", HOME, NODE_COMPILE_CACHE, CASELINK_TEMPORAL_CLI } = process.env;
    const path = [programs, dirname(process.execPath), dirname(inject("temporalCli")), PATH].join(delimiter);
    const env = { PATH: path, HOME, NODE_COMPILE_CACHE, CASELINK_TEMPORAL_CLI, CASELINK_HOME: stage.home };
    await using shell = openShell({ cwd: folder, env });
    const problems: string[] = [];
    let output = "";
    for (const step of readGuide(await readFile(join(root, name), "utf8"))) {
      if (problems.length > 0) break;
      if (step.kind === "file") await writeFile(join(folder, step.name), adapt(step.content));
      if (step.kind === "background") await shell.startInBackground(adapt(step.text), adapt(step.ready));
      if (step.kind === "output") {
        const missing = findMissingLines(step.lines.map(adapt), output);
        problems.push(...missing.map((line) => `line ${step.line}: "${line}" is not there in this order:\n${output}`));
      }
      if (step.kind !== "run") continue;
      output = "";
      for (const { line, text, status } of step.commands) {
        const ended = await shell.run(adapt(text));
        output += ended.output;
        if (ended.status === status) continue;
        problems.push(`line ${line}: ${text}\nended with ${ended.status}, not ${status}:\n${ended.output}`);
        break;
      }
    }
    expect(problems.join("\n")).toBe("");
  });
});
