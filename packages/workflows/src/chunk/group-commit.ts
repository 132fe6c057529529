export interface GroupCommitOptions {
  /** Stores everything that was added so far; called for one group at a time. */
  store: () => Promise<void>;
  /** True if no other caller is about to join: a longer wait would only take time. */
  isComplete: () => boolean;
  sleep: (milliseconds: number) => Promise<void>;
}

/** How long a group waits for others to join, in milliseconds. */
const GATHER_MS = 250;

interface Group extends PromiseWithResolvers<void> {
  isReady: boolean;
}

/**
 * Stores what several callers add at about the same time with one write, as a write-ahead log does.
 *
 * Each caller waits for the commit that contains its addition, and for nothing else.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #gathering: Group | undefined;
  #isStoring = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves when everything that was added before the call is stored. Rejects if storing it failed. */
  join(): Promise<void> {
    const group = (this.#gathering ??= this.#open());
    this.flushIfReady();
    return group.promise;
  }

  /** Stores the group if it is complete or has waited long enough. */
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
