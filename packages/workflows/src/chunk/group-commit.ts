export interface GroupCommitOptions {
  /** Stores everything that has been added so far; called for one group at a time. */
  store: () => Promise<void>;
  /** True where nobody else is about to join: waiting for more would only take time. */
  isComplete: () => boolean;
  sleep: (milliseconds: number) => Promise<void>;
}

/** So long a group waits for others to join. */
const GATHER_MS = 250;

interface Group extends PromiseWithResolvers<void> {
  isReady: boolean;
}

/**
 * Stores what many add at about the same time in one go, as a write-ahead log does.
 *
 * Each waits for the one commit that has what it added, and for nobody's work beyond that.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #gathering: Group | undefined;
  #isStoring = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves when what was added before the call is stored. Rejects where storing it failed. */
  join(): Promise<void> {
    const group = (this.#gathering ??= this.#open());
    this.flushIfReady();
    return group.promise;
  }

  /** To be called when the group may have become complete. */
  flushIfReady(): void {
    const group = this.#gathering;
    if (!group || this.#isStoring || !(group.isReady || this.#options.isComplete())) return;
    this.#gathering = undefined;
    this.#isStoring = true;
    this.#options
      .store()
      .then(group.resolve, group.reject)
      .finally(() => {
        this.#isStoring = false;
        this.flushIfReady();
      });
  }

  #open(): Group {
    const group: Group = { ...Promise.withResolvers<void>(), isReady: false };
    const close = (): void => {
      group.isReady = true;
      this.flushIfReady();
    };
    this.#options.sleep(GATHER_MS).then(close, close);
    return group;
  }
}
