import { gatewayAnswer, iamAnswer, osmAnswer, type Answer } from "./answer.ts";
import { findCredentialRefusal } from "./authentication.ts";
import type { Call } from "./call.ts";
import type { Fault } from "./fault.ts";
import type { Ending, JournalEntry } from "./journal-entry.ts";
import type { World } from "./world.ts";

/** What is to become of a request, decided when it arrives. */
export interface Fate {
  readonly fault?: Exclude<JournalEntry["fault"], undefined>;
  /** Whether the operation is performed. */
  readonly performs: boolean;
  readonly ending: Exclude<Ending, "aborted">;
  /** Given instead of what the operation answers. */
  readonly answer?: Answer;
  readonly delayMs: number;
}

interface FaultContext {
  readonly world: World;
  readonly call: Call;
  readonly requestId: string;
  readonly delayMs: number;
}

/** Outage, rate limit, credentials, then faults: the order in which gateway and service stand in the way. */
export function decideFate(world: World, call: Call, requestId: string, nowMs: number): Fate {
  return (
    (call.operation === "token" ? undefined : gatewayFate(world, call, requestId, nowMs)) ??
    serviceFate(world, call, requestId)
  );
}

function gatewayFate(world: World, call: Call, requestId: string, nowMs: number): Fate | undefined {
  const { config } = world;
  const outage = world.meetOutage(nowMs);
  if (outage !== undefined) {
    const refused = { fault: "outage", performs: false, delayMs: 0 } as const;
    if (outage === "503") return { ...refused, ending: "answered", answer: unavailable(requestId) };
    return { ...refused, ending: outage };
  }
  if (!world.isWithinRateLimit(nowMs)) {
    return { fault: "rateLimit", performs: false, ending: "answered", delayMs: 0, answer: throttled(world, requestId) };
  }
  if (!config.authentication) return undefined;
  const { method, url: target, headers } = call.request;
  const signed = { method, target, headers, body: call.rawBody };
  const refusal = findCredentialRefusal(signed, config, world.issuer, nowMs);
  if (refusal === undefined) return undefined;
  const answer = gatewayAnswer(refusal.code, requestId, { message: refusal.message });
  return { performs: false, ending: "answered", delayMs: 0, answer };
}

function serviceFate(world: World, call: Call, requestId: string): Fate {
  const { config } = world;
  const { fault, jitterMs } = world.faultPlan.draw(call.operation, call.ticket, config);
  const delayMs = config.latencyMs + jitterMs;
  const ordinary: Fate = { performs: true, ending: "answered", delayMs };
  if (fault === undefined) return ordinary;
  return { ...ordinary, fault, ...FAULTY_FATES[fault]({ world, call, requestId, delayMs }) };
}

/** What each fault makes of a request that would otherwise be performed and answered. */
const FAULTY_FATES: Record<Fault, (context: FaultContext) => Partial<Fate>> = {
  resetBefore: () => ({ performs: false, ending: "reset" }),
  lostResponse: () => ({ ending: "lost" }),
  http429: ({ world, requestId }) => ({ performs: false, answer: throttled(world, requestId) }),
  http500: ({ call }) => ({ performs: false, answer: internalError(call) }),
  http503: ({ call, requestId }) => ({ performs: false, answer: unavailableOf(call, requestId) }),
  http500AfterWrite: ({ call }) => ({ answer: internalError(call) }),
  hang: () => ({ performs: false, ending: "hang" }),
  hangAfterWrite: () => ({ ending: "hang" }),
  operationFailed: () => ({ performs: false, answer: osmAnswer("OSM.01010014") }),
  slow: ({ world, delayMs }) => ({ delayMs: delayMs + world.config.slowMs }),
};

function internalError(call: Call): Answer {
  return call.operation === "token"
    ? iamAnswer(500, "An unexpected error prevented the server from fulfilling your request.", "Internal Server Error")
    : osmAnswer("OSM.0004");
}

function unavailableOf(call: Call, requestId: string): Answer {
  return call.operation === "token"
    ? iamAnswer(503, "The service is unavailable.", "Service Unavailable")
    : unavailable(requestId);
}

function unavailable(requestId: string): Answer {
  return gatewayAnswer("APIGW.0201", requestId, { status: 503, message: "The service is unavailable." });
}

const THROTTLING = "The throttling threshold has been reached";

function throttled(world: World, requestId: string): Answer {
  const limit = world.config.rateLimit;
  switch (limit?.hint) {
    case "retry-after":
      return gatewayAnswer("APIGW.0308", requestId, { message: THROTTLING, headers: { "retry-after": "1" } });
    case "message":
      return gatewayAnswer("APIGW.0308", requestId, {
        message: `${THROTTLING}: policy user over ratelimit,limit:${limit.perSecond},time:1 second`,
      });
    default:
      return gatewayAnswer("APIGW.0308", requestId, { message: THROTTLING });
  }
}
