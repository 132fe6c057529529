#!/usr/bin/env node
import { ConfigError } from "./config.ts";
import { runWorker } from "./run-worker.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

try {
  await runWorker(process.env, stop.signal);
} catch (error) {
  process.stderr.write(`caselink worker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
