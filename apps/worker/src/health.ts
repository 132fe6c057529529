import type { BatchWorker } from "@caselink/workflows";

const EVERY_MS = 10_000;
const LIMIT_MS = 5_000;

/** Something outside that a worker needs. */
export interface HealthCheck {
  /** In words for people, as in "the ledger cannot be read". */
  problem: string;
  /** Rejects if it does not work. */
  run: () => Promise<unknown>;
}

/** Whether a worker lives and is ready, for probes: they read what is known and wait for nothing. */
export interface Health extends Disposable {
  /** Why the process has to be replaced; undefined: it lives. */
  readonly failure: string | undefined;
  /** Why the worker is not ready, in words for people; none: it is. */
  readonly problems: readonly string[];
}

/** Checks what a worker needs, each now and every 10 s after its last check has ended, until the result is disposed of. */
export function watchHealth(
  worker: Pick<BatchWorker, "getState" | "notReadyReason">,
  checks: readonly HealthCheck[],
  { everyMs = EVERY_MS, limitMs = LIMIT_MS } = {},
): Health {
  const watched = checks.map((check) => watchCheck(check, everyMs, limitMs));
  return {
    get failure() {
      return worker.getState() === "FAILED" ? "the worker has failed" : undefined;
    },
    get problems() {
      const own = worker.notReadyReason;
      return [...(own === undefined ? [] : [own]), ...watched.flatMap(({ problem }) => problem() ?? [])];
    },
    [Symbol.dispose]: () => {
      for (const { stop } of watched) stop();
    },
  };
}

/** One check at a time: one that takes longer than `limitMs` is a problem, and the next comes only after its end. */
function watchCheck({ problem, run }: HealthCheck, everyMs: number, limitMs: number) {
  let found: string | undefined;
  let isStopped = false;
  let next: NodeJS.Timeout | undefined;
  async function check(): Promise<void> {
    const slow = setTimeout(() => (found = `${problem}: no response within ${limitMs / 1_000} s`), limitMs);
    try {
      await run();
      found = undefined;
    } catch (error) {
      found = `${problem}: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      clearTimeout(slow);
    }
    if (!isStopped) next = setTimeout(() => void check(), everyMs);
  }
  void check();
  return {
    problem: () => found,
    stop: () => {
      isStopped = true;
      clearTimeout(next);
    },
  };
}
