import { whenAborted } from "../wait/abort-signals.ts";
import type { CredentialsGate } from "../process/credentials-gate.ts";
import type { AssociationsApi } from "../chunk/operation.ts";
import type { OwnRate, Patience, Urgency } from "./batch-rate-limit.ts";
import { UnsentError } from "../chunk/verdict.ts";

/** What stands between a chunk and its requests. */
export interface Gate extends Patience {
  /** Runs one call when the process has room for it; bounds what is under way over all chunks. */
  limit: <Result>(call: () => Promise<Result>) => Promise<Result>;
  ownRate: OwnRate | undefined;
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
export function gated(api: AssociationsApi, gate: Gate, reads: "look" | "begin"): AssociationsApi {
  const { limit, ownRate, credentials, stop } = gate;
  const mayNot: Record<Urgency, () => boolean> = {
    look: () => stop.aborted,
    write: () => gate.isStopping(),
    begin: () => gate.isOver(),
  };

  function send<Answer>(urgency: Urgency, call: () => Promise<Answer>): Promise<Answer> {
    const sent = () => sendNow(urgency, call);
    const pass = () => (credentials ? credentials.pass(sent, waitFor) : sent());
    const turn = ownRate?.acquire(urgency, gate);
    return turn ? turn.then(pass, refuse) : pass();
  }

  function sendNow<Answer>(urgency: Urgency, call: () => Promise<Answer>): Promise<Answer> {
    return limit(async () => {
      if (mayNot[urgency]()) throw new UnsentError();
      try {
        return await (ownRate ? ownRate.spend(call) : call());
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
