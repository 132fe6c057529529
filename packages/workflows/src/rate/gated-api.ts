import { whenAborted } from "../wait/abort-signals.ts";
import type { CredentialsGate } from "../process/credentials-gate.ts";
import type { AssociationsApi } from "../chunk/operation.ts";
import type { BatchRateLimit, TurnSignals, RequestPriority } from "./batch-rate-limit.ts";
import type { WithRequestSlot } from "./request-slots.ts";
import { UnsentError } from "../chunk/verdict.ts";

/** The conditions that a request of a chunk waits for or that stop it. */
export interface Gate extends TurnSignals {
  /** Runs one call when a request slot of the process is free. */
  withRequestSlot: WithRequestSlot;
  batchRateLimit: BatchRateLimit | undefined;
  credentials: CredentialsGate | undefined;
  /** The turn is over: no further ticket is started. */
  isOver(): boolean;
  /** No write is sent any more. */
  isStopping(): boolean;
}

/**
 * The API, each call of which waits first for the batch's own maximum and then for a request slot: a batch with a low maximum
 * occupies no slot while it waits. Throws an UnsentError if the turn ends before a request is sent.
 *
 * @param reads the purpose of reads
 */
export function gated(api: AssociationsApi, gate: Gate, reads: "resolve" | "start"): AssociationsApi {
  const { withRequestSlot: limit, batchRateLimit, credentials, stop } = gate;
  const mayNot: Record<RequestPriority, () => boolean> = {
    resolve: () => stop.aborted,
    write: () => gate.isStopping(),
    start: () => gate.isOver(),
  };

  function send<Answer>(priority: RequestPriority, call: () => Promise<Answer>): Promise<Answer> {
    let isFirst = true;
    const sent = () => {
      // A call that is made again acquires another permit itself.
      const permitted = isFirst && batchRateLimit ? () => batchRateLimit.withPermit(call) : call;
      isFirst = false;
      return sendNow(priority, permitted);
    };
    const run = () => (credentials ? credentials.run(sent, waitFor) : sent());
    const permit = batchRateLimit?.acquire(priority, gate);
    return permit ? permit.then(run, throwUnsent) : run();
  }

  function sendNow<Answer>(priority: RequestPriority, call: () => Promise<Answer>): Promise<Answer> {
    return limit(async () => {
      if (mayNot[priority]()) throw new UnsentError();
      try {
        return await call();
      } catch (error) {
        // The turn ended while the request waited for the process's rate.
        throw stop.aborted && error === stop.reason ? new UnsentError() : error;
      }
    });
  }

  async function waitFor(other: Promise<void>): Promise<void> {
    if (stop.aborted) throw new UnsentError();
    const left = Promise.withResolvers<never>();
    const stopListening = whenAborted(stop, () => left.reject(new UnsentError()));
    await Promise.race([other, left.promise]).finally(stopListening);
  }

  return {
    listAssociations: (request, options) => send(reads, () => api.listAssociations(request, options)),
    createAssociations: (request, options) => send("write", () => api.createAssociations(request, options)),
    deleteAssociation: (request, options) => send("write", () => api.deleteAssociation(request, options)),
  };
}

function throwUnsent(): never {
  throw new UnsentError();
}
