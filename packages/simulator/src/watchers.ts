interface Watcher<State> {
  readonly holds: (state: State) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Promises that settle as soon as a condition on the state holds. */
export class Watchers<State> {
  readonly #state: () => State;
  readonly #waiting = new Set<Watcher<State>>();

  constructor(state: () => State) {
    this.#state = state;
  }

  /**
   * @param describe Returns the current state for the message of a timeout.
   * @throws {Error} (rejects) after `timeoutMs`, or if the condition itself throws.
   */
  async waitFor(holds: (state: State) => boolean, timeoutMs: number, describe: () => string): Promise<void> {
    if (holds(this.#state())) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(watcher);
        reject(new Error(`the condition did not hold within ${timeoutMs} ms: ${describe()}`));
      }, timeoutMs);
      const watcher: Watcher<State> = {
        holds,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.add(watcher);
    });
  }

  /** To be called whenever the state may have changed. */
  check(): void {
    for (const watcher of this.#waiting) {
      try {
        if (!watcher.holds(this.#state())) continue;
        this.#waiting.delete(watcher);
        watcher.resolve();
      } catch (error) {
        this.#waiting.delete(watcher);
        watcher.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  rejectAll(error: Error): void {
    for (const watcher of this.#waiting) watcher.reject(error);
    this.#waiting.clear();
  }
}
