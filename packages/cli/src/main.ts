#!/usr/bin/env node
import * as modules from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitStatus } from "./errors.ts";
import { cacheFolder } from "./locations.ts";
import { runCommandLine } from "./program.ts";

/** The oldest Node that the dependencies run on: `engines` in package.json. */
const OLDEST_NODE = { major: 22, minor: 12 };

requireNode(process.versions.node);

// Compiling Temporal's modules takes 0.3 s each time. The cache is in the user's own folder, as Node runs the code in it.
const compileCache = join(cacheFolder(), "node");
modules.enableCompileCache(compileCache);
// The call enables it for this thread only; the threads in which workflows run read the variable.
process.env["NODE_COMPILE_CACHE"] ??= compileCache;

// A reader of the output that stops early (`caselink report b | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitStatus.succeeded);
  throw error;
});

const args = process.argv.slice(2);
if (args[0] === "worker") {
  const { boundHeap } = await import("@caselink/worker/config");
  boundHeap(process.env);
}
process.exitCode = await runCommandLine(args, {
  env: process.env,
  cwd: process.cwd(),
  // Reading the property opens standard input, which most commands do not need.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  mainFile: fileURLToPath(import.meta.url),
  notifyStarted: () => process.send?.("started", undefined, undefined, () => undefined), // the parent may have exited
});
// Connections that are still closing do not hold up the exit.
process.stdout.write("", () => process.exit());

/** Ends the process if Node is too old. Without this check, a dependency would fail with a stack trace. */
function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor)) return;
  process.stderr.write(
    `caselink: this is Node ${version}, but ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer is needed: https://nodejs.org\n`,
  );
  process.exit(exitStatus.failed);
}
