// Everything here is public API. Named exports only; a removal is a major.
export { installRuntime } from "./install-runtime.ts";
export { readKeyring } from "./read-keyring.ts";
export { createWorker, runUntil, runWorker, type WorkerConnections as WorkerPlace } from "./run-worker.ts";
