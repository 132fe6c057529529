import { LedgerError } from "../ledger-error.ts";
import { LONGEST_READ_LAG_MS } from "../read-lag.ts";
import { visibleText } from "../visible-text.ts";
import type { CompleteRequest, PlanRequest } from "./plan-request.ts";

const DAY_MS = 86_400_000;

/**
 * Returns the request with its defaults. Throws `bad-option` for values without a meaning: callers may not use types.
 */
export function completeRequest(request: PlanRequest): CompleteRequest {
  const { overLimit = "refuse", giveUpAfterMs = DAY_MS, maxRate, readLagMs } = request;
  if (overLimit !== "refuse" && overLimit !== "fill") {
    throw badOption("overLimit", '"refuse" or "fill"', overLimit);
  }
  if (!isPositive(giveUpAfterMs)) throw badOption("giveUpAfterMs", "a number of milliseconds above 0", giveUpAfterMs);
  if (maxRate !== undefined && !isPositive(maxRate)) {
    throw badOption("maxRate", "a number of requests a second above 0", maxRate);
  }
  if (readLagMs !== undefined && !(readLagMs >= 0 && readLagMs <= LONGEST_READ_LAG_MS))
    throw badOption("readLagMs", "a number of milliseconds up to 60000", readLagMs);
  return { ...request, overLimit, giveUpAfterMs };
}

const isPositive = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value > 0;

function badOption(name: string, what: string, value: unknown): LedgerError {
  const shown = typeof value === "string" ? `"${visibleText(value)}"` : visibleText(String(value));
  return new LedgerError("bad-option", `${name} must be ${what}, not ${shown}.`);
}
