import type { Delays } from "./delays.ts";
import type { World } from "./world.ts";

/** What the routes work with. `world` is another one after a reset. */
export interface SimulatorCore {
  readonly world: World;
  readonly delays: Delays;
  /** Ms since the epoch. */
  readonly now: () => number;
}
