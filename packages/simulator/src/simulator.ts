import type { Counts } from "./counts.ts";
import type { SimulatorConfig } from "./config.ts";
import type { ScriptedFault } from "./fault.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { Violations } from "./violation.ts";

/** The state that a condition of `waitFor` reads. It is the simulator's own and keeps changing: do not store it. */
export interface WatchedState {
  readonly counts: Counts;
  /** Related tickets by ticket, without the tickets that have no associations. */
  readonly tickets: ReadonlyMap<string, readonly string[]>;
}

/** A running simulator. */
export interface Simulator extends AsyncDisposable {
  /** Base URL of the association API and of the token call: `http://host:port`. */
  readonly url: string;
  readonly port: number;
  /** Related tickets by ticket, in the order in which they were written: a copy without the tickets that have none. */
  tickets(): Map<string, string[]>;
  /** The requests since the start or the last reset, oldest first, at most the newest `journalLimit`. */
  journal(): JournalEntry[];
  /** Totals since the start or the last reset; a copy. */
  counts(): Counts;
  /** The violations: things that must never happen. The lists are empty if none did. */
  violations(): Violations;
  /**
   * Changes settings from the next request on. `tickets` sets the associations of the tickets that it names. Null ends an
   * `outage` or a `rateLimit`.
   *
   * @throws {SimulatorConfigError} for an invalid setting, or one that is fixed at start.
   */
  configure(changes: SimulatorConfig): void;
  /**
   * Injects a fault into the next matching requests, before any fault by chance. Requests that are stopped by an outage, by
   * the rate limit or by their credentials do not count.
   *
   * @throws {SimulatorConfigError} for an unknown operation or fault.
   */
  failNext(fault: ScriptedFault): void;
  /** Scripted faults that no request has used yet. */
  pendingFaults(): ScriptedFault[];
  /** Removes the scripted faults that no request has used yet. */
  clearFaults(): void;
  /** Voids every token that the token call issued; requests with one get APIGW.0307 from now on. */
  expireTokens(): void;
  /**
   * Starts anew with the tickets of the configuration and an empty journal.
   *
   * @param changes Settings to change at the same time; all others stay.
   */
  reset(changes?: SimulatorConfig): void;
  /**
   * Resolves as soon as the condition holds; it is checked after each arrival, write and ending of a request.
   * Rejects after `timeoutMs` (default 30,000), and if the simulator is closed.
   */
  waitFor(holds: (state: WatchedState) => boolean, options?: { timeoutMs?: number }): Promise<void>;
  /** Closes every connection immediately, including hanging ones. */
  close(): Promise<void>;
}
