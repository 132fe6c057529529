// Everything here is public API. Named exports only; a removal is a major.
export { readKeyring } from "./read-keyring.ts";
export {
  createWorker,
  installRuntime,
  runUntil,
  runWorker,
  type WorkerConnections as WorkerPlace,
} from "./run-worker.ts";
