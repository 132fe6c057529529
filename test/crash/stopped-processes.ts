import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** Longer than the heartbeat timeout, so that a successor already works when the stopped process continues. */
const STALL_MS = 14_000;

/** Stops processes for a while, each once at a time. */
export class StoppedProcesses {
  readonly #stopped = new Set<ChildProcess>();
  readonly #stalls: Promise<unknown>[] = [];

  /** The processes that run, and are not stopped. */
  running(processes: readonly ChildProcess[]): ChildProcess[] {
    return processes.filter(
      (child) => child.exitCode === null && child.signalCode === null && !this.#stopped.has(child),
    );
  }

  /** False if the process has ended. */
  stop(child: ChildProcess): boolean {
    if (!child.kill("SIGSTOP")) return false;
    this.#stopped.add(child);
    return true;
  }

  continue(child: ChildProcess): void {
    child.kill("SIGCONT");
    this.#stopped.delete(child);
  }

  /** Continues a stopped process after 14 s. `beforeEnd` is called right before. */
  stall(child: ChildProcess, beforeEnd?: () => void): Promise<void> {
    const stall = this.#stall(child, beforeEnd);
    this.#stalls.push(stall);
    return stall;
  }

  async #stall(child: ChildProcess, beforeEnd: (() => void) | undefined): Promise<void> {
    await pause(STALL_MS);
    beforeEnd?.();
    this.continue(child);
  }

  /** Waits until every stopped process has continued. */
  async settle(): Promise<void> {
    await Promise.all(this.#stalls);
  }
}
