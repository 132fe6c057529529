import type { Delays } from "./delays.ts";
import type { SimulatorState } from "./simulator-state.ts";

/** The parts that the routes use. A reset replaces `state`. */
export interface SimulatorCore {
  readonly state: SimulatorState;
  readonly delays: Delays;
  /** Ms since the epoch. */
  readonly now: () => number;
}
