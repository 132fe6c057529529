import { setTimeout as sleep } from "node:timers/promises";
import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from "@temporalio/client";

/** Temporal that fails for longer is not there any more. */
const LONGEST_MS = 60_000;
const PAUSE_MS = 1_000;
/** Failures with less between them are one series. A request that waits for an event stays open for 20 s, and is tried for 30 s. */
const APART_MS = 2 * LONGEST_MS;

/**
 * Codes of gRPC for what a further request would not change: the connection is closed, the request is wrong or not allowed.
 * Not among them: 9, failed precondition. A workflow rejects queries with it while its last tasks have failed or timed out,
 * for example on a worker that was killed, until the next one succeeds.
 */
const DEFINITE: ReadonlySet<number> = new Set([1, 3, 5, 7, 12, 16]);

interface Waiting {
  /** Milliseconds; a clock that no one sets. */
  now: () => number;
  sleep: (milliseconds: number) => Promise<unknown>;
}

/**
 * Sends a request that only reads, again and again while Temporal fails: it is overloaded, or its server is started again.
 * After a minute of failures the last one is thrown.
 */
export async function outlastFailures<Response>(
  read: () => Promise<Response>,
  { now, sleep: wait }: Waiting = { now: () => performance.now(), sleep },
): Promise<Response> {
  let firstAt = Number.NEGATIVE_INFINITY;
  let lastAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      const failedAt = now();
      if (failedAt - lastAt > APART_MS) firstAt = failedAt;
      lastAt = failedAt;
      if (!mayPass(error) || failedAt - firstAt > LONGEST_MS) throw error;
      await wait(PAUSE_MS);
    }
  }
}

/** True for a failure of Temporal that may be over soon. */
export function mayPass(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && !DEFINITE.has(code);
}

/** The code of gRPC with which a request failed; undefined: it failed in another way. */
export function codeOf(error: unknown): number | undefined {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

/** For updates of a workflow whose last tasks have failed or timed out. */
const NOT_ADMITTED = 9;
/** A worker replaces a halted run within a minute or two; one that has replaced another one may take longer. */
const LONGEST_HALT_MS = 120_000;

/**
 * Sends an update again while the run of the workflow is halted, and if the run is replaced before it has responded.
 * Two minutes after the first failure the last one is thrown.
 *
 * @param isOpen whether the workflow has a run that is open
 */
export async function outlastHalt<Response>(
  update: () => Promise<Response>,
  isOpen: () => Promise<boolean>,
): Promise<Response> {
  let firstAt: number | undefined;
  for (;;) {
    try {
      return await update();
    } catch (error) {
      firstAt ??= performance.now();
      const isReplaced = error instanceof WorkflowNotFoundError && (await isOpen());
      const isHalted = isReplaced || codeOf(error) === NOT_ADMITTED;
      if (!isHalted || performance.now() - firstAt > LONGEST_HALT_MS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
