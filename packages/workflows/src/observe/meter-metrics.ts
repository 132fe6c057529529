import type { MetricGauge, MetricMeter, MetricTags } from "@temporalio/common";
import { OUTCOMES, UNDO_OUTCOMES } from "@caselink/ledger";
import type { EngineMetrics } from "./engine-metrics.ts";

/** Upper bounds in seconds of the histograms' buckets, by metric: Temporal's own end at 10 s and are in milliseconds. */
export const HISTOGRAM_BUCKETS: Readonly<Record<string, number[]>> = {
  caselink_request_duration_seconds: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
  caselink_turn_duration_seconds: [0.1, 0.5, 1, 2.5, 5, 7.5, 10, 12.5, 15, 30, 60, 300, 1_800],
};

/** The counters of what is known before exist from the start, so that the first event is an increase. */
const ALL_OUTCOMES = [...OUTCOMES, ...UNDO_OUTCOMES];
const OPERATIONS = ["list", "create", "delete"] as const;
const LEDGER_CODES = [
  "unreachable",
  "unavailable",
  "conflict",
  "corrupt",
  "configuration",
  "storage",
  "memory",
] as const;

/**
 * Metrics on a meter, for example Temporal's `Runtime.instance().metricMeter`: they leave by the exporter of the runtime.
 * docs/metrics.md describes each.
 */
export function createEngineMetrics(meter: MetricMeter): EngineMetrics {
  const rows = meter.createCounter("caselink_rows_total", undefined, "Rows that were settled, by outcome");
  const requests = meter.createCounter("caselink_requests_total", undefined, "Requests of the API that have ended");
  const requestTime = meter.createHistogram(
    "caselink_request_duration_seconds",
    "float",
    "s",
    "From sending a request to the end of its response",
  );
  const turnTime = meter.createHistogram("caselink_turn_duration_seconds", "float", "s", "Attempts at turns of lanes");
  const leases = meter.createCounter("caselink_leases_lost_total", undefined, "Attempts that lost their lane's lease");
  const ledgerErrors = meter.createCounter(
    "caselink_ledger_errors_total",
    undefined,
    "Failed operations of the ledger",
  );
  const rates = new GaugeSet(
    meter.createGauge("caselink_limiter_rate", "float", undefined, "Requests per second that the limiter aims at"),
  );
  const waits = new GaugeSet(
    meter.createGauge("caselink_limiter_wait_seconds", "float", "s", "Time until the limit allows the next request"),
  );
  const waiting = new GaugeSet(meter.createGauge("caselink_requests_waiting", "int", undefined, "Requests that wait"));
  const batches = new GaugeSet(meter.createGauge("caselink_batches", "int", undefined, "Open batches of the API"));
  const ended = meter.createCounter("caselink_batches_ended_total", undefined, "Batches that have ended");
  const endedRows = meter.createCounter("caselink_ended_rows_total", undefined, "Rows of batches that have ended");
  const polling = meter.createGauge(
    "caselink_polling",
    "int",
    undefined,
    "1: the worker polls for chunks; 0: it does not",
  );
  for (const outcome of ALL_OUTCOMES) {
    rows.add(0, { outcome });
    endedRows.add(0, { outcome });
  }
  for (const state of ["completed", "cancelled"]) ended.add(0, { state });
  batches.show([{ tags: { state: "running", reason: "none" }, value: 0 }]);
  waiting.show(OPERATIONS.map((operation) => ({ tags: { operation, waits_for: "limit" }, value: 0 })));
  for (const code of LEDGER_CODES) ledgerErrors.add(0, { code });
  leases.add(0);
  return {
    rowsSettled(outcomes) {
      for (const [outcome, count] of Object.entries(outcomes)) if (count > 0) rows.add(count, { outcome });
    },
    requestEnded({ operation, result, httpStatus, elapsedMs }) {
      requests.add(1, { operation, result, http_status: httpStatus === undefined ? "none" : String(httpStatus) });
      if (elapsedMs !== undefined) requestTime.record(Math.max(0, elapsedMs) / 1_000, { operation });
    },
    turnEnded: (result, elapsedMs) => turnTime.record(Math.max(0, elapsedMs) / 1_000, { result }),
    batchEnded(summary) {
      ended.add(1, { state: summary.state });
      for (const outcome of ALL_OUTCOMES) endedRows.add(summary[outcome] ?? 0, { outcome });
    },
    leaseLost: () => leases.add(1),
    ledgerFailed: (code) => ledgerErrors.add(1, { code }),
    showRates(readings) {
      rates.show(readings.map(({ operation = "other", scope, rate }) => ({ tags: { operation, scope }, value: rate })));
      waits.show(readings.map(({ operation = "other", waitMs }) => ({ tags: { operation }, value: waitMs / 1_000 })));
    },
    showWaitingRequests: (all) =>
      waiting.show(
        all.map(({ operation = "other", waitsFor, count }) => ({
          tags: { operation, waits_for: waitsFor },
          value: count,
        })),
      ),
    showBatches: (all) =>
      batches.show(all.map(({ state, reason = "none", count }) => ({ tags: { state, reason }, value: count }))),
    showPolling: (isPolling) => polling.set(isPolling ? 1 : 0),
  };
}

/** The values of a gauge, by tags. An exporter keeps each value for ever: one that does not hold any more becomes 0. */
class GaugeSet {
  readonly #gauge: MetricGauge;
  readonly #shown = new Map<string, MetricTags>();

  constructor(gauge: MetricGauge) {
    this.#gauge = gauge;
  }

  show(values: readonly { tags: MetricTags; value: number }[]): void {
    const now = new Set(values.map(({ tags }) => keyOf(tags)));
    for (const [key, tags] of this.#shown) if (!now.has(key)) this.#gauge.set(0, tags);
    for (const { tags, value } of values) {
      this.#shown.set(keyOf(tags), tags);
      this.#gauge.set(value, tags);
    }
  }
}

const keyOf = (tags: MetricTags): string => Object.values(tags).join(" ");
