#!/usr/bin/env node
import { readFileSync } from "node:fs";
import * as modules from "node:module";
import { join } from "node:path";
import { CommanderError } from "commander";
import envPaths from "env-paths";
import { exitStatus } from "./exit-status.ts";
import { createProgram } from "./program.ts";
import { requireNode } from "./require-node.ts";

requireNode(process.versions.node);

// Compiling Temporal's modules takes 0.3 s each time. In a folder of the user's own: what lies in it is run.
modules.enableCompileCache(join(envPaths("caselink", { suffix: "" }).cache, "node"));

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

// A reader that has seen enough (`caselink report b | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitStatus.succeeded);
  throw error;
});

try {
  await createProgram(version, (status) => (process.exitCode = status)).parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? exitStatus.succeeded : exitStatus.refused;
  else {
    const { describeError, errorEvents } = await import("./describe-error.ts");
    if (process.argv.includes("--json")) {
      for (const event of errorEvents(error)) process.stdout.write(`${JSON.stringify(event)}\n`);
    }
    const { message, status } = describeError(error);
    process.stderr.write(`caselink: ${message}\n`);
    process.exitCode = status;
  }
}
// What still holds the process (a connection that closes by itself) has nothing left to say.
process.stdout.write("", () => process.exit());
