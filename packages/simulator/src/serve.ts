import type { FastifyReply, FastifyRequest } from "fastify";
import type { Answer } from "./answer.ts";
import { readCall, relatedIdsOf, type Call } from "./call.ts";
import { decideFate, type Fate } from "./fate.ts";
import type { OpenEntry } from "./journal-entry.ts";
import type { Operation } from "./operation.ts";
import type { SimulatorCore } from "./simulator-core.ts";
import { wireValidation } from "./wire-validation.ts";
import type { World } from "./world.ts";

/** Carries an operation out and says what it answers. `entry` is where a write is recorded. */
export type Perform = (world: World, call: Call, entry: OpenEntry, nowMs: number) => Answer;

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** One request's way: journal, fate, operation, answer. */
export function serve(
  core: SimulatorCore,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  perform: Perform,
): void {
  const { world } = core;
  const nowMs = core.now();
  const call = readCall(operation, request);
  const entry = world.journal.open(
    operation === "token" ? { operation } : { operation, ticket: call.ticket, relatedIds: relatedIdsOf(call) },
    nowMs,
  );
  if (operation === "create") {
    world.journal.auditCreate(entry, world.associations.relatedTo(call.ticket), world.config.semantics === "add");
    world.flights.report(entry, call.ticket, nowMs);
  }
  const fate = decideFate(world, call, requestIdOf(entry), nowMs);
  entry.fault = fate.fault;

  const carryOut = (): Answer | undefined => (fate.performs ? perform(world, call, entry, core.now()) : undefined);
  if (fate.delayMs === 0) {
    conclude(world, reply, entry, fate, carryOut());
    return;
  }

  const isWrittenAtArrival = world.config.writeAt === "arrival" || !fate.performs;
  const early = isWrittenAtArrival ? carryOut() : undefined;
  const flight = operation === "create" ? world.flights.begin(entry, call.ticket) : undefined;
  const onClose = (): void => {
    world.journal.close(entry, "aborted");
    // What is still to be written is in flight, whether or not anyone waits for the answer.
    if (isWrittenAtArrival) flight?.abort(core.now());
  };
  reply.raw.once("close", onClose);
  core.delays.after(fate.delayMs, () => {
    const answer = isWrittenAtArrival ? early : carryOut();
    flight?.end();
    reply.raw.off("close", onClose);
    conclude(world, reply, entry, fate, answer);
  });
}

/** Also the journal number, so that an answer leads to its entry. */
function requestIdOf(entry: OpenEntry): string {
  return `simulator-${entry.n}`;
}

function conclude(
  world: World,
  reply: FastifyReply,
  entry: OpenEntry,
  fate: Fate,
  performed: Answer | undefined,
): void {
  if (reply.raw.destroyed) {
    world.journal.close(entry, "aborted");
    return;
  }
  const answer = fate.answer ?? performed;
  if (fate.ending === "answered" && answer !== undefined) {
    send(world, reply, entry, answer);
    return;
  }
  reply.hijack();
  world.journal.close(entry, fate.ending);
  // A caller sees ECONNRESET, not an orderly end of the connection.
  if (fate.ending !== "hang") reply.raw.socket?.resetAndDestroy();
}

function send(world: World, reply: FastifyReply, entry: OpenEntry, asked: Answer): void {
  const answer = checked(world, entry, asked);
  world.journal.close(entry, "answered", answer);
  reply.code(answer.status).header("x-request-id", requestIdOf(entry));
  if (answer.headers !== undefined) reply.headers(answer.headers);
  if (answer.body === undefined) {
    reply.send();
    return;
  }
  reply.header("content-type", "application/json").send(JSON.stringify(answer.body));
}

/** The answer, or a complaint in its place if the document does not allow it. */
function checked(world: World, entry: OpenEntry, answer: Answer): Answer {
  if (answer.isDeviating === true || entry.operation === "unknown") return answer;
  const validation = wireValidation[entry.operation];
  const fault = validation.checkAnswer(answer.status, answer.body, answer.headers ?? NO_HEADERS);
  if (fault === undefined) return answer;
  world.journal.addViolation("responseViolations", entry, `HTTP ${answer.status}: ${fault}`);
  const error_msg = `The simulator was about to answer what the document does not allow: ${fault}`;
  return { status: 500, code: "SIMULATOR.0001", body: { error_code: "SIMULATOR.0001", error_msg } };
}
