import type { ApiOperation } from "@caselink/sdk";
import { whenAborted } from "../wait/abort-signals.ts";
import type { CredentialsGate } from "../process/credentials-gate.ts";
import type { AssociationsApi } from "../chunk/operation.ts";
import { rememberRequest, type NamedIds } from "../chunk/request-ids.ts";
import { UnsentError } from "../chunk/verdict.ts";
import type { RequestPriority, TurnSignals } from "./batch-queue.ts";
import type { BatchRequests } from "./request-queues.ts";

/** The conditions that a request of a chunk waits for or that stop it. */
export interface Gate extends TurnSignals {
  requests: BatchRequests;
  credentials: CredentialsGate | undefined;
  /** The turn is over: no further ticket is started. */
  isOver(): boolean;
  /** No write is sent any more. */
  isStopping(): boolean;
}

/**
 * The API, each call of which waits in the queue of its batch. Throws an UnsentError if the turn ends before a request is sent.
 *
 * @param reads the purpose of reads
 */
export function gated(api: AssociationsApi, gate: Gate, reads: "resolve" | "start"): AssociationsApi {
  const { requests, credentials, stop } = gate;
  const mayNot: Partial<Record<RequestPriority, () => boolean>> = {
    resolve: () => stop.aborted,
    write: () => gate.isStopping(),
    start: () => gate.isOver(),
  };

  function send<Answer>(
    priority: RequestPriority,
    operation: ApiOperation,
    request: NamedIds,
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    const paced = (): Promise<Answer> => sendInTurn(priority, operation, request, call);
    return credentials ? credentials.run(paced, waitFor) : paced();
  }

  async function sendInTurn<Answer>(
    priority: RequestPriority,
    operation: ApiOperation,
    request: NamedIds,
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    const admitted = requests.enter(priority, operation, gate);
    if (admitted) await admitted;
    try {
      if (mayNot[priority]?.()) throw new UnsentError();
      return await requests.withPermit(call);
    } catch (error) {
      rememberRequest(error, request);
      throw error;
    } finally {
      requests.leave();
    }
  }

  async function waitFor(other: Promise<void>): Promise<void> {
    if (stop.aborted) throw new UnsentError();
    const left = Promise.withResolvers<never>();
    const stopListening = whenAborted(stop, () => left.reject(new UnsentError()));
    await Promise.race([other, left.promise]).finally(stopListening);
  }

  return {
    listAssociations: (request, options) => send(reads, "list", request, () => api.listAssociations(request, options)),
    createAssociations: (request, options) =>
      send("write", "create", request, () => api.createAssociations(request, options)),
    deleteAssociation: (request, options) =>
      send("write", "delete", request, () => api.deleteAssociation(request, options)),
  };
}
