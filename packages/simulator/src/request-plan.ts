import { gatewayResponse, iamResponse, osmResponse, type SimulatedResponse } from "./simulated-response.ts";
import { findCredentialRejection } from "./authentication.ts";
import type { ParsedRequest } from "./parsed-request.ts";
import type { Fault } from "./fault.ts";
import type { Ending, JournalEntry } from "./journal-entry.ts";
import type { CountedRequest } from "./rate-limiter.ts";
import type { SimulatorState } from "./simulator-state.ts";
import { userOf } from "./user-of.ts";

/** The plan for a request, made when it arrives. */
export interface RequestPlan {
  readonly fault?: Exclude<JournalEntry["fault"], undefined>;
  /** False if the operation is not performed. */
  readonly isPerformed: boolean;
  readonly ending: Exclude<Ending, "aborted">;
  /** Sent instead of the operation's response. */
  readonly response?: SimulatedResponse;
  readonly delayMs: number;
}

interface FaultContext {
  readonly state: SimulatorState;
  readonly parsed: ParsedRequest;
  readonly requestId: string;
  readonly delayMs: number;
}

/** Applies outage, rate limit, credentials and faults, in the order in which gateway and service would. */
export function planRequest(
  state: SimulatorState,
  parsed: ParsedRequest,
  requestId: string,
  nowMs: number,
): RequestPlan {
  return (
    (parsed.operation === "token" ? undefined : planAtGateway(state, parsed, requestId, nowMs)) ??
    planAtService(state, parsed, requestId)
  );
}

function planAtGateway(
  state: SimulatorState,
  parsed: ParsedRequest,
  requestId: string,
  nowMs: number,
): RequestPlan | undefined {
  const { config } = state;
  const outage = state.meetOutage(nowMs);
  if (outage !== undefined) {
    const rejected = { fault: "outage", isPerformed: false, delayMs: 0 } as const;
    if (outage === "503") return { ...rejected, ending: "answered", response: unavailable(requestId) };
    return { ...rejected, ending: outage };
  }
  if (!state.isWithinRateLimit(countedRequest(state, parsed), nowMs)) {
    return {
      fault: "rateLimit",
      isPerformed: false,
      ending: "answered",
      delayMs: 0,
      response: throttled(state, requestId),
    };
  }
  if (!config.authentication) return undefined;
  const { method, url: target, headers } = parsed.raw;
  const signed = { method, target, headers, body: parsed.rawBody };
  const rejection = findCredentialRejection(signed, state, nowMs);
  if (rejection === undefined) return undefined;
  const response = gatewayResponse(rejection.code, requestId, { message: rejection.message });
  return { isPerformed: false, ending: "answered", delayMs: 0, response };
}

function planAtService(state: SimulatorState, parsed: ParsedRequest, requestId: string): RequestPlan {
  const { config } = state;
  const { fault, jitterMs } = state.faultPlan.draw(parsed.operation, parsed.ticket, config);
  const delayMs = config.latencyMs + jitterMs;
  const ordinary: RequestPlan = { isPerformed: true, ending: "answered", delayMs };
  if (fault === undefined) return ordinary;
  return { ...ordinary, fault, ...PLAN_BY_FAULT[fault]({ state, parsed, requestId, delayMs }) };
}

/** How each fault changes the plan of a request that would otherwise be performed and get a response. */
const PLAN_BY_FAULT: Record<Fault, (context: FaultContext) => Partial<RequestPlan>> = {
  resetBefore: () => ({ isPerformed: false, ending: "reset" }),
  lostResponse: () => ({ ending: "lost" }),
  http429: ({ state, requestId }) => ({ isPerformed: false, response: throttled(state, requestId) }),
  http500: ({ parsed }) => ({ isPerformed: false, response: internalError(parsed) }),
  http503: ({ parsed, requestId }) => ({ isPerformed: false, response: unavailableOf(parsed, requestId) }),
  http500AfterWrite: ({ parsed }) => ({ response: internalError(parsed) }),
  hang: () => ({ isPerformed: false, ending: "hang" }),
  hangAfterWrite: () => ({ ending: "hang" }),
  operationFailed: () => ({ isPerformed: false, response: osmResponse("OSM.01010014") }),
  slow: ({ state, delayMs }) => ({ delayMs: delayMs + state.config.slowMs }),
};

function internalError(parsed: ParsedRequest): SimulatedResponse {
  return parsed.operation === "token"
    ? iamResponse(
        500,
        "An unexpected error prevented the server from fulfilling your request.",
        "Internal Server Error",
      )
    : osmResponse("OSM.0004");
}

function unavailableOf(parsed: ParsedRequest, requestId: string): SimulatedResponse {
  return parsed.operation === "token"
    ? iamResponse(503, "The service is unavailable.", "Service Unavailable")
    : unavailable(requestId);
}

function unavailable(requestId: string): SimulatedResponse {
  return gatewayResponse("APIGW.0201", requestId, { status: 503, message: "The service is unavailable." });
}

const THROTTLING = "The throttling threshold has been reached";

function throttled({ config, rateLimitName }: SimulatorState, requestId: string): SimulatedResponse {
  const { hint, status = 429 } = config.rateLimit ?? {};
  const message = hint === "message" ? `${THROTTLING}: ${rateLimitName}` : THROTTLING;
  const headers = hint === "retry-after" ? { headers: { "retry-after": "1" } } : {};
  const response = gatewayResponse("APIGW.0308", requestId, { message, status, ...headers });
  return status === 200 ? { ...response, isDeviating: true } : response;
}

function countedRequest({ issuer }: SimulatorState, { operation, raw }: ParsedRequest): CountedRequest {
  return { operation, user: userOf(raw.headers, issuer), address: raw.ip };
}
