// Loads OpenTelemetry's SDK: to be imported only if traces are switched on.
import { createHash } from "node:crypto";
import { context, createContextKey, ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  RandomIdGenerator,
  type IdGenerator,
} from "@opentelemetry/sdk-trace-base";
import { chunkIdOf, type BatchRecord } from "@caselink/ledger";
import type { Hooks } from "@caselink/sdk";
import { openTelemetryHooks } from "@caselink/sdk/opentelemetry";
import type { EngineTraces } from "@caselink/workflows";
import packageJson from "../package.json" with { type: "json" };
import type { TracesConfig } from "./telemetry-config.ts";

/** A worker that ends does not wait longer for its collector. */
const FLUSH_LIMIT_MS = 5_000;
/** Set while a ticket with a span is worked: its calls get spans, too. */
const IN_TICKET = createContextKey("caselink ticket");

export interface Traces {
  engine: EngineTraces;
  /** For the API connector: spans of the calls of tickets that have one. */
  hooks: Hooks;
  /** Sends what is left. Never rejects. */
  close(): Promise<void>;
}

/**
 * Sends spans of batches, turns, some tickets and their calls to an OpenTelemetry collector.
 *
 * All spans of a batch are in one trace, whichever worker makes them: its ids follow from the batch's record. The batch's own
 * span comes last, when its summary is written. No span has a ticket id.
 */
export function openTraces({ url, headers, ticketShare }: TracesConfig): Traces {
  const ids = new GivenIds();
  const provider = new BasicTracerProvider({
    idGenerator: ids,
    resource: resourceFromAttributes({
      "service.name": "caselink-worker",
      "service.version": packageJson.version,
    }).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url, headers, timeoutMillis: FLUSH_LIMIT_MS }))],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracer = provider.getTracer("@caselink/worker", packageJson.version);
  const callSpans = openTelemetryHooks({ tracer });
  return {
    hooks: {
      afterResponse: (report) =>
        context.active().getValue(IN_TICKET) === true ? callSpans.afterResponse?.(report) : undefined,
    },
    engine: {
      turn({ task, record, attempt }, work) {
        const batch = trace.setSpanContext(ROOT_CONTEXT, {
          ...idsOf(record),
          traceFlags: TraceFlags.SAMPLED,
          isRemote: true,
        });
        const attributes = {
          "caselink.batch": task.batchId,
          "caselink.lane": task.lane,
          "caselink.chunk": chunkIdOf(task.lane, task.index),
          "caselink.attempt": attempt,
        };
        const span = tracer.startSpan("turn", { attributes }, batch);
        return context.with(trace.setSpan(batch, span), async () => {
          try {
            const result = await work();
            span.setAttributes({
              "caselink.deferred": result.deferred,
              "caselink.retryable": result.retryable,
              "caselink.ambiguous": result.ambiguous,
              ...(result.waitReason && { "caselink.wait_reason": result.waitReason.kind }),
            });
            return result;
          } catch (error) {
            span.setStatus({ code: SpanStatusCode.ERROR });
            span.setAttribute("error.type", error instanceof Error ? error.name : "unknown");
            throw error;
          } finally {
            span.end();
          }
        });
      },
      ticket(work) {
        if (Math.random() >= ticketShare) return work();
        const span = tracer.startSpan("ticket");
        const active = trace.setSpan(context.active(), span).setValue(IN_TICKET, true);
        return context.with(active, () => work().finally(() => span.end()));
      },
      batchEnded(record, { state, started_at, finished_at, rows, tickets }) {
        const attributes = {
          "caselink.batch": record.id,
          "caselink.kind": record.kind,
          "caselink.state": state,
          "caselink.rows": rows,
          "caselink.tickets": tickets,
        };
        ids.use(idsOf(record), () =>
          tracer
            .startSpan("batch", { root: true, startTime: Date.parse(started_at), attributes }, ROOT_CONTEXT)
            .end(Date.parse(finished_at)),
        );
      },
    },
    close: () => withinLimit(provider.shutdown()),
  };
}

/** The ids of a batch's span: the same on each worker, and for no other batch. */
function idsOf({ id, endpoint, created_at, input_digest }: BatchRecord): { traceId: string; spanId: string } {
  const digest = createHash("sha256")
    .update(JSON.stringify([id, endpoint, created_at, input_digest]))
    .digest("hex");
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) };
}

/** Random ids, except for a span whose ids are known. */
class GivenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #given: { traceId: string; spanId: string } | undefined;

  /** @param start starts one span; it must not wait */
  use(given: { traceId: string; spanId: string }, start: () => void): void {
    this.#given = given;
    try {
      start();
    } finally {
      this.#given = undefined;
    }
  }

  readonly generateTraceId = (): string => this.#given?.traceId ?? this.#random.generateTraceId();
  readonly generateSpanId = (): string => this.#given?.spanId ?? this.#random.generateSpanId();
}

async function withinLimit(flushing: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, FLUSH_LIMIT_MS);
  await Promise.race([flushing.catch(() => undefined), promise]);
  clearTimeout(timer);
}
