#!/usr/bin/env node
import { CONFIGURATION_CODES, LedgerError } from "@caselink/ledger";
import { boundHeap } from "./bound-heap.ts";
import { ConfigError } from "./config.ts";
import { runWorker } from "./run-worker.ts";
import { TemporalConnectionError } from "./temporal-connection-error.ts";

function isConfiguration(error: unknown): boolean {
  return (
    error instanceof ConfigError ||
    (error instanceof TemporalConnectionError && error.failure.isConfiguration) ||
    (error instanceof LedgerError && CONFIGURATION_CODES.some((code) => code === error.code))
  );
}

boundHeap(process.env);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

try {
  await runWorker(process.env, stop.signal);
} catch (error) {
  process.stderr.write(`caselink worker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isConfiguration(error) ? 2 : 1;
}
