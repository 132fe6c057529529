import type { FastifyReply } from "fastify";

/** Requests that wait until the API is no longer suspended, in the order of their arrival. */
export class SuspendedRequests {
  readonly #waiting = new Set<() => void>();

  /** Runs one of the two: `proceed` when all continue, or `abort` if the caller closes its connection before. */
  add(reply: FastifyReply, proceed: () => void, abort: () => void): void {
    const onClose = (): void => {
      this.#waiting.delete(continueNow);
      abort();
    };
    const continueNow = (): void => {
      reply.raw.off("close", onClose);
      proceed();
    };
    reply.raw.once("close", onClose);
    this.#waiting.add(continueNow);
  }

  continueAll(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const continueNow of waiting) continueNow();
  }
}
