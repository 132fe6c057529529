import type { Counts } from "./counts.ts";
import type { SimulatorConfig } from "./config.ts";
import type { ScriptedFault } from "./fault.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { Violations } from "./violation.ts";

/** What a condition of `waitFor` looks at. It is the simulator's own state, which goes on changing: don't keep it. */
export interface SimulatorState {
  readonly counts: Counts;
  /** Related tickets by ticket; tickets without associations are not in it. */
  readonly tickets: ReadonlyMap<string, readonly string[]>;
}

/** A running simulator. */
export interface Simulator extends AsyncDisposable {
  /** Base URL of the association API and of the token call: `http://host:port`. */
  readonly url: string;
  readonly port: number;
  /** Related tickets by ticket, in the order of their writing; a copy. Tickets without associations are not in it. */
  tickets(): Map<string, string[]>;
  /** Every request since the start or the last reset, oldest first, as far as `journalLimit` keeps them. */
  journal(): JournalEntry[];
  /** Totals since the start or the last reset; a copy. */
  counts(): Counts;
  /** What must never happen; empty lists if all is well. */
  violations(): Violations;
  /**
   * Puts settings over the present ones, from the next request on. `tickets` sets the associations of the tickets that
   * it names. `outage` and `rateLimit` end with null.
   *
   * @throws {SimulatorConfigError} for a wrong setting, or one that is fixed at start.
   */
  configure(changes: SimulatorConfig): void;
  /**
   * Makes the next matching requests meet a fault, before any fault by chance. Requests that an outage, the rate limit
   * or their credentials stop do not count.
   *
   * @throws {SimulatorConfigError} for an unknown operation or fault.
   */
  failNext(fault: ScriptedFault): void;
  /** Scripted faults that no request has met yet. */
  pendingFaults(): ScriptedFault[];
  /** Voids every token that the token call gave out; they answer APIGW.0307 from now on. */
  expireTokens(): void;
  /**
   * Starts afresh, with the tickets of the configuration and nothing in the journal.
   *
   * @param changes Settings to change at the same time; all others stay.
   */
  reset(changes?: SimulatorConfig): void;
  /**
   * Resolves as soon as the condition holds; it is looked at after each arrival, write and ending of a request.
   * Rejects after `timeoutMs` (default 30,000), or when the simulator is closed.
   */
  waitFor(holds: (state: SimulatorState) => boolean, options?: { timeoutMs?: number }): Promise<void>;
  /** Ends every connection at once, hanging ones too. */
  close(): Promise<void>;
}
