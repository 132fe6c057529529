import { LedgerError, type Ledger } from "@caselink/ledger";
import type { EngineMetrics } from "./engine-metrics.ts";

/** The ledger, of which each operation that fails is counted. */
export function countLedgerErrors(ledger: Ledger, metrics: EngineMetrics): Ledger {
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...values: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, values);
        return result instanceof Promise ? result.catch((error: unknown) => countAndThrow(error, metrics)) : result;
      };
    },
  });
}

function countAndThrow(error: unknown, metrics: EngineMetrics): never {
  if (error instanceof LedgerError) metrics.ledgerFailed(error.code);
  throw error;
}
