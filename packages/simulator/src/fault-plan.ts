import type { FaultRates, Fault, ScriptedFault } from "./fault.ts";
import { FAULTS } from "./fault.ts";
import { OPERATIONS, type Operation } from "./operation.ts";
import { seededChance } from "./seeded-chance.ts";

export interface ChanceSettings {
  readonly seed: number;
  readonly jitterMs: number;
  readonly faults: Partial<Record<Operation, FaultRates>>;
}

export interface DrawnFault {
  readonly fault: Fault | undefined;
  readonly jitterMs: number;
}

const NO_FAULT: DrawnFault = { fault: undefined, jitterMs: 0 };

/** Decides which fault a request gets. Scripted faults come first, then chance. */
export class FaultPlan {
  #scripted: { fault: ScriptedFault; left: number }[] = [];
  /** Requests so far, by ticket: with it, the n-th request for a ticket gets the same fault in every run. */
  readonly #ordinals = Object.fromEntries(OPERATIONS.map((operation) => [operation, new Map<string, number>()]));

  script(fault: ScriptedFault): void {
    this.#scripted.push({ fault, left: fault.times ?? 1 });
  }

  /** Scripted faults that no request has used yet. */
  pending(): ScriptedFault[] {
    return this.#scripted.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  /** Removes the scripted faults. */
  clear(): void {
    this.#scripted = [];
  }

  draw(operation: Operation, ticket: string, settings: ChanceSettings): DrawnFault {
    const scripted = this.#takeScripted(operation, ticket);
    const rates = settings.faults[operation];
    if (rates === undefined && settings.jitterMs === 0) {
      return scripted === undefined ? NO_FAULT : { fault: scripted, jitterMs: 0 };
    }
    const ordinal = this.#nextOrdinal(operation, ticket);
    const jitterMs =
      settings.jitterMs === 0
        ? 0
        : settings.jitterMs * seededChance(settings.seed, `${operation} jitter`, ticket, ordinal);
    if (scripted !== undefined) return { fault: scripted, jitterMs };
    const chance = rates === undefined ? 1 : seededChance(settings.seed, operation, ticket, ordinal);
    return { fault: pickFault(rates ?? {}, chance), jitterMs };
  }

  #takeScripted(operation: Operation, ticket: string): Fault | undefined {
    if (this.#scripted.length === 0) return undefined;
    const match = this.#scripted.find(
      ({ fault }) => fault.operation === operation && (fault.ticket === undefined || fault.ticket === ticket),
    );
    if (match === undefined) return undefined;
    match.left -= 1;
    if (match.left === 0) this.#scripted = this.#scripted.filter((other) => other !== match);
    return match.fault.fault;
  }

  #nextOrdinal(operation: Operation, ticket: string): number {
    const ordinals = this.#ordinals[operation];
    const ordinal = ordinals?.get(ticket) ?? 0;
    ordinals?.set(ticket, ordinal + 1);
    return ordinal;
  }
}

function pickFault(rates: FaultRates, chance: number): Fault | undefined {
  let threshold = 0;
  // In the order of the list, not of the object: the order of the rates in the configuration must not matter.
  for (const fault of FAULTS) {
    threshold += rates[fault] ?? 0;
    if (chance < threshold) return fault;
  }
  return undefined;
}
