import type { FastifyReply, FastifyRequest } from "fastify";
import type { SimulatedResponse } from "./simulated-response.ts";
import { parseRequest, relatedIdsOf, siteOf, type ParsedRequest } from "./parsed-request.ts";
import { planRequest, type RequestPlan } from "./request-plan.ts";
import type { OpenEntry } from "./journal-entry.ts";
import type { Operation } from "./operation.ts";
import type { SimulatorCore } from "./simulator-core.ts";
import { wireValidation } from "./wire-validation.ts";
import type { SimulatorState } from "./simulator-state.ts";

/** Performs an operation and returns its response. A write is recorded in `entry`. */
export type Perform = (
  state: SimulatorState,
  parsed: ParsedRequest,
  entry: OpenEntry,
  nowMs: number,
) => SimulatedResponse;

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** A request that is in the journal. */
interface OpenRequest {
  readonly state: SimulatorState;
  readonly parsed: ParsedRequest;
  readonly entry: OpenEntry;
  readonly reply: FastifyReply;
  readonly perform: Perform;
}

/** Handles one request: journal, plan, operation, response. */
export function serve(
  core: SimulatorCore,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  perform: Perform,
): void {
  const { state } = core;
  const parsed = parseRequest(operation, request);
  const entry = state.journal.open(
    operation === "token"
      ? { operation }
      : { operation, ticket: parsed.ticket, relatedIds: relatedIdsOf(parsed), site: siteOf(parsed) },
    core.now(),
  );
  const proceed = (): void => {
    planAndPerform(core, { state, parsed, entry, reply, perform });
  };
  if (operation === "token" || !state.config.suspended) proceed();
  else state.suspended.add(reply, proceed, () => state.journal.close(entry, "aborted"));
}

function planAndPerform(core: SimulatorCore, { state, parsed, entry, reply, perform }: OpenRequest): void {
  const nowMs = core.now();
  const { operation } = parsed;
  if (operation === "create") {
    state.journal.auditCreate(entry, state.associations.relatedTo(parsed.ticket), state.config.semantics === "add");
    state.flights.report(entry, parsed.ticket, nowMs);
  }
  const plan = planRequest(state, parsed, requestIdOf(entry), nowMs);
  entry.fault = plan.fault;

  const performNow = (): SimulatedResponse | undefined =>
    plan.isPerformed ? perform(state, parsed, entry, core.now()) : undefined;
  if (plan.delayMs === 0) {
    finish(state, reply, entry, plan, performNow());
    return;
  }

  const isWrittenAtArrival = state.config.writeAt === "arrival" || !plan.isPerformed;
  const early = isWrittenAtArrival ? performNow() : undefined;
  const flight = operation === "create" ? state.flights.begin(entry, parsed.ticket) : undefined;
  const onClose = (): void => {
    state.journal.close(entry, "aborted");
    // A write that is still to be done stays in flight, even if no caller waits for its response.
    if (isWrittenAtArrival) flight?.abort(core.now());
  };
  reply.raw.once("close", onClose);
  core.delays.after(plan.delayMs, () => {
    const response = isWrittenAtArrival ? early : performNow();
    flight?.end();
    reply.raw.off("close", onClose);
    finish(state, reply, entry, plan, response);
  });
}

/** The request id contains the journal number, so that a response leads to its entry. */
function requestIdOf(entry: OpenEntry): string {
  return `simulator-${entry.n}`;
}

function finish(
  state: SimulatorState,
  reply: FastifyReply,
  entry: OpenEntry,
  plan: RequestPlan,
  performed: SimulatedResponse | undefined,
): void {
  if (reply.raw.destroyed) {
    state.journal.close(entry, "aborted");
    return;
  }
  const response = plan.response ?? performed;
  if (plan.ending === "answered" && response !== undefined) {
    send(state, reply, entry, response);
    return;
  }
  reply.hijack();
  state.journal.close(entry, plan.ending);
  // The caller gets ECONNRESET, not an orderly end of the connection.
  if (plan.ending !== "hang") reply.raw.socket?.resetAndDestroy();
}

function send(state: SimulatorState, reply: FastifyReply, entry: OpenEntry, planned: SimulatedResponse): void {
  const response = checked(state, entry, planned);
  state.journal.close(entry, "answered", response);
  reply.code(response.status).header("x-request-id", requestIdOf(entry));
  if (response.headers !== undefined) reply.headers(response.headers);
  if (response.body === undefined) {
    reply.send();
    return;
  }
  reply.header("content-type", "application/json").send(JSON.stringify(response.body));
}

/** The response, or HTTP 500 instead of it if the document does not allow it. */
function checked(state: SimulatorState, entry: OpenEntry, response: SimulatedResponse): SimulatedResponse {
  if (response.isDeviating === true || entry.operation === "unknown") return response;
  const validation = wireValidation[entry.operation];
  const error = validation.checkResponse(response.status, response.body, response.headers ?? NO_HEADERS);
  if (error === undefined) return response;
  state.journal.addViolation("responseViolations", entry, `HTTP ${response.status}: ${error}`);
  const error_msg = `The simulator was about to send a response that the document does not allow: ${error}`;
  return { status: 500, code: "SIMULATOR.0001", body: { error_code: "SIMULATOR.0001", error_msg } };
}
