// The public surface of `@caselink/sdk/opentelemetry`. It needs the package `@opentelemetry/api`.
import { SpanKind, SpanStatusCode, trace, type Attributes, type Tracer } from "@opentelemetry/api";
import { isApiError } from "./api-error.ts";
import type { AttemptReport, Hooks } from "./hooks.ts";
import { VERSION } from "./version.ts";
import { ASSOCIATIONS_PATH } from "./wire-mapping.ts";

export interface OpenTelemetryOptions {
  /** Default: the tracer `@caselink/sdk` of the global tracer provider. */
  readonly tracer?: Tracer | undefined;
}

/**
 * Hooks that make a span of each attempt, as a child of the span that is active in the caller. Names follow OpenTelemetry's
 * semantic conventions for HTTP clients: `http.request.method`, `http.request.resend_count` (from the second attempt on),
 * `http.response.status_code`, `url.scheme`, `url.template`, `server.address`, `server.port` and `error.type`: the status from
 * 400 on, else the error's class or kind. A span has no ticket id, so `url.full` is left out, and no message of the API, no
 * header and no credential. Nothing is added to the request.
 */
export function openTelemetryHooks(options: OpenTelemetryOptions = {}): Hooks {
  const { tracer = trace.getTracer("@caselink/sdk", VERSION) } = options;
  return {
    // The span starts in the past: an attempt that ends without a report leaves no span open.
    afterResponse(report) {
      const attributes = attributesOf(report);
      const span = tracer.startSpan(`${report.method} ${ASSOCIATIONS_PATH}`, {
        kind: SpanKind.CLIENT,
        startTime: report.startedAt,
        attributes,
      });
      if (report.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

function attributesOf({ method, endpoint, attempt, httpStatus, error }: AttemptReport): Attributes {
  const { protocol, hostname, port } = new URL(endpoint);
  return {
    "http.request.method": method,
    "url.scheme": protocol.slice(0, -1),
    "url.template": ASSOCIATIONS_PATH,
    "server.address": hostname.replaceAll(/[[\]]/g, ""),
    "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
    ...(attempt > 1 && { "http.request.resend_count": attempt - 1 }),
    ...(httpStatus !== undefined && { "http.response.status_code": httpStatus }),
    ...(error !== undefined && { "error.type": errorTypeOf(error, httpStatus) }),
  };
}

function errorTypeOf(error: NonNullable<AttemptReport["error"]>, httpStatus = 0): string {
  if (httpStatus >= 400) return String(httpStatus);
  return isApiError(error) ? error.errorClass : error.kind;
}
