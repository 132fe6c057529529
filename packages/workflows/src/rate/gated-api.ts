import { whenAborted } from "../wait/abort-signals.ts";
import type { CredentialsGate } from "../process/credentials-gate.ts";
import type { AssociationsApi } from "../chunk/operation.ts";
import type { BatchRateLimit, TurnSignals, RequestPriority } from "./batch-rate-limit.ts";
import { UnsentError } from "../chunk/verdict.ts";

/** What stands between a chunk and its requests. */
export interface Gate extends TurnSignals {
  /** Runs one call when the process has room for it; bounds what is under way over all chunks. */
  withRequestSlot: <Result>(call: () => Promise<Result>) => Promise<Result>;
  batchRateLimit: BatchRateLimit | undefined;
  credentials: CredentialsGate | undefined;
  /** The turn is over: no ticket is begun any more. */
  isOver(): boolean;
  /** Nothing is written any more. */
  isStopping(): boolean;
}

/**
 * The API, each call of which waits first for the batch's own maximum and then for room in the process: a batch that may
 * send little keeps nobody else's place. Throws an UnsentError where the turn ends before a request is sent.
 *
 * @param reads what they are for
 */
export function gated(api: AssociationsApi, gate: Gate, reads: "resolve" | "start"): AssociationsApi {
  const { withRequestSlot: limit, batchRateLimit, credentials, stop } = gate;
  const mayNot: Record<RequestPriority, () => boolean> = {
    resolve: () => stop.aborted,
    write: () => gate.isStopping(),
    start: () => gate.isOver(),
  };

  function send<Answer>(priority: RequestPriority, call: () => Promise<Answer>): Promise<Answer> {
    const sent = () => sendNow(priority, call);
    const pass = () => (credentials ? credentials.run(sent, waitFor) : sent());
    const turn = batchRateLimit?.acquire(priority, gate);
    return turn ? turn.then(pass, refuse) : pass();
  }

  function sendNow<Answer>(priority: RequestPriority, call: () => Promise<Answer>): Promise<Answer> {
    return limit(async () => {
      if (mayNot[priority]()) throw new UnsentError();
      try {
        return await (batchRateLimit ? batchRateLimit.withPermit(call) : call());
      } catch (error) {
        // Waiting for the process's pace has come to an end.
        throw stop.aborted && error === stop.reason ? new UnsentError() : error;
      }
    });
  }

  async function waitFor(other: Promise<void>): Promise<void> {
    if (stop.aborted) throw new UnsentError();
    const left = Promise.withResolvers<never>();
    const stay = whenAborted(stop, () => left.reject(new UnsentError()));
    await Promise.race([other, left.promise]).finally(stay);
  }

  return {
    listAssociations: (request, options) => send(reads, () => api.listAssociations(request, options)),
    createAssociations: (request, options) => send("write", () => api.createAssociations(request, options)),
    deleteAssociation: (request, options) => send("write", () => api.deleteAssociation(request, options)),
  };
}

function refuse(): never {
  throw new UnsentError();
}
