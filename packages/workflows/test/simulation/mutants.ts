import type { LeaseRecord } from "@caselink/ledger";
import type { Canary } from "../../src/batch/canary.ts";
import type { ReadLag } from "../../src/chunk/read-lag.ts";
import type { ModelLedger } from "./model-ledger.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Defects of the engine that the checker has to detect. */
export const MUTANTS = [
  "writes without verifying its lease",
  "takes a new snapshot while a write is ambiguous",
  "works a ticket that another batch has left ambiguous",
  "ignores read lag",
  "writes before its snapshot is stored",
  "keeps working for a batch that was terminated",
  "never repeats an order",
  "forgets snapshots when a lane is terminated",
  "replaces newer results with those of a stalled process",
  "has no canary",
  "works a symmetric API in all lanes",
  "forgets how long reads lag",
] as const;

export type Mutant = (typeof MUTANTS)[number];

function omitLastWrite(lease: LeaseRecord): LeaseRecord {
  const { last_write: _, ...rest } = lease;
  return rest;
}

/** The parts of the engine with the mutant's defect. */
export interface Mutated {
  beforeWrite(real: () => Promise<void>): () => Promise<void>;
  ledger(real: ModelLedger): ModelLedger;
  canary(real: Canary): Canary;
  readLag(real: ReadLag): ReadLag;
}

export function mutatedBy(mutant: Mutant | undefined, clock: VirtualClock): Mutated {
  return {
    // Every write is one of many.
    canary: (real) => (mutant === "has no canary" ? Object.assign(real, { enter: async () => undefined }) : real),
    readLag: (real) => (mutant === "forgets how long reads lag" ? { ms: real.ms, learn: async () => undefined } : real),
    beforeWrite: (real) => (mutant === "writes without verifying its lease" ? async () => undefined : real),
    ledger(real) {
      const defects: Partial<Record<Mutant, Partial<ModelLedger>>> = {
        // It reports that a snapshot is stored long before it is.
        "writes before its snapshot is stored": {
          writeSnapshot: async (...written) => {
            const stored = clock.sleep(500).then(() => real.writeSnapshot(...written));
            stored.catch(() => undefined);
            return (written[3] ?? 0) + 1;
          },
        },
        "takes a new snapshot while a write is ambiguous": {
          newestSnapshot: async (...asked) => ({ ...(await real.newestSnapshot(...asked)), lines: [] }),
        },
        "ignores read lag": {
          newestLease: async (name) => {
            const lease = await real.newestLease(name);
            return lease && omitLastWrite(lease);
          },
        },
        "works a ticket that another batch has left ambiguous": {
          newestLease: async (name) => {
            const lease = await real.newestLease(name);
            return lease && { ...lease, doubts: [] };
          },
        },
      };
      return Object.assign(Object.create(real) as ModelLedger, mutant && defects[mutant]);
    },
  };
}
