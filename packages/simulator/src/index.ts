// Everything here is public API. Named exports only; removing one is a major change.
export { startSimulator } from "./start-simulator.ts";
export { loadSimulatorConfig } from "./load-simulator-config.ts";
export { configSchema, parseConfig as parseSimulatorConfig, SimulatorConfigError } from "./config-schema.ts";
export type { Simulator, WatchedState } from "./simulator.ts";
export type {
  KeyLock,
  Outage,
  RateLimit,
  SimulatorConfig,
  SimulatorKey,
  SimulatorUser,
  TicketPattern,
} from "./config.ts";
export { FAULTS, type Fault, type FaultRates, type ScriptedFault } from "./fault.ts";
export { OPERATIONS, type Operation } from "./operation.ts";
export type { Ending, JournalEntry } from "./journal-entry.ts";
export type { Counts } from "./counts.ts";
export { VIOLATION_KINDS, type Violation, type ViolationKind, type Violations } from "./violation.ts";
