import type { Logger, Worker } from "@temporalio/worker";
import { untilAborted } from "../wait/abort-signals.ts";
import { sleep } from "../wait/sleep.ts";
import type { AccountAccess } from "./account-access.ts";

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

export interface AccountWorkerOptions {
  access: AccountAccess;
  log: Pick<Logger, "info" | "warn">;
  /** No chunk is worked before it resolves. */
  mayBegin: Promise<unknown>;
  /** Polls for the chunks of the account. */
  openWorker: () => Promise<Worker>;
  /** Polls only for questions, while the API rejects the account. */
  openRejectedWorker: () => Promise<Worker>;
}

/**
 * Works the chunks of the process's account while the API accepts its credentials. When the API rejects them it takes itself
 * out, tries again after 5 s, growing to 5 min, and comes back.
 */
export class AccountWorker {
  readonly #options: AccountWorkerOptions;
  readonly #stop = new AbortController();
  #isWorking = false;
  #pauseMs = 0;

  constructor(options: AccountWorkerOptions) {
    this.#options = options;
  }

  /** Why it does not poll for chunks, for people; undefined while it does. */
  get obstacle(): string | undefined {
    if (this.#isWorking) return undefined;
    if (this.#stop.signal.aborted) return "the worker is shutting down";
    const { rejection } = this.#options.access;
    if (rejection) return `the API does not accept the credentials: ${rejection.reason}`;
    return "the worker takes no chunk yet: it checks its credentials first";
  }

  /** True while it polls for chunks. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /** Lets the chunks in progress finish their requests in flight. */
  shutdown(): void {
    this.#stop.abort();
  }

  /** Runs until it is shut down; rejects if a worker fails. */
  async run(): Promise<void> {
    const { access, log, mayBegin, openWorker, openRejectedWorker } = this.#options;
    await Promise.race([Promise.all([access.check(), mayBegin]), untilAborted(this.#stop.signal)]);
    while (!this.#stop.signal.aborted) {
      const { rejection } = access;
      if (rejection) {
        log.warn("the API rejects the credentials: the worker takes no chunk until it accepts them", { ...rejection });
        await this.#poll(openRejectedWorker, () => this.#untilAccepted());
        if (!access.rejection) log.info("the API accepts the credentials again: the worker takes chunks");
      } else {
        await this.#poll(openWorker, () => this.#whileAccepted());
        if (access.hasWorked) this.#pauseMs = 0;
      }
    }
  }

  async #whileAccepted(): Promise<void> {
    this.#isWorking = true;
    await Promise.race([this.#options.access.whenRejected, untilAborted(this.#stop.signal)]);
    this.#isWorking = false;
  }

  async #untilAccepted(): Promise<void> {
    const { access } = this.#options;
    const { signal } = this.#stop;
    while (access.rejection && !signal.aborted) {
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2 || FIRST_PAUSE_MS);
      const pause = new AbortController();
      await Promise.race([sleep(this.#pauseMs, AbortSignal.any([signal, pause.signal])), access.whenCheckRequested]);
      pause.abort();
      if (!signal.aborted) await access.check();
    }
  }

  /** Lets a worker poll until `until` resolves. */
  async #poll(open: () => Promise<Worker>, until: () => Promise<void>): Promise<void> {
    const worker = await open();
    const running = worker.run();
    try {
      await Promise.race([until(), running]);
    } finally {
      this.#isWorking = false;
      if (worker.getState() === "RUNNING") worker.shutdown();
      await running;
    }
  }
}
