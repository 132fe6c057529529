/**
 * Where a ledger keeps its files. Paths are relative, with `/`, and made of ids that were checked before.
 *
 * Everything above this interface knows neither folders nor buckets: another kind of storage is one more
 * implementation. `test/stores.ts` runs the same tests on all of them.
 */
export interface Store {
  readonly location: string;
  /** How a person finds the file of a path; for messages. */
  describe(path: string): string;
  /** The whole text, or `undefined` where there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** The bytes in order. Throws `corrupt` where there is no such file. */
  read(path: string): AsyncIterable<Uint8Array>;
  /**
   * Replaces the file as a whole: a reader sees the old text or the new, whatever crashes. May throw `conflict` where
   * another process replaced it since this one read it.
   */
  write(path: string, text: string): Promise<void>;
  /** Replaces the file as a whole; of several at once the last one stays. For what is decided by the content. */
  overwrite(path: string, text: string): Promise<void>;
  /** Like `write`, but `false` and nothing changed where the file is there already. */
  writeOnce(path: string, text: string): Promise<boolean>;
  /** Names right below a path, sorted; none where the path does not exist. Leftovers of a crash are left out. */
  list(path: string): Promise<string[]>;
  /** A local folder to prepare files in before they become part of the store. */
  createStage(): Promise<Stage>;
  /** Makes a local folder's files the store's under a path, all or none; `false` where the path is taken. */
  adopt(folder: string, path: string, order: AdoptOrder): Promise<boolean>;
  /**
   * Removes all that is below a path; `false` where nothing was. The file `first`, right below the path, goes before all
   * else, so that what a crash leaves behind is never taken for whole; the next call removes that, too.
   */
  removeTree(path: string, first: string): Promise<boolean>;
  /**
   * Calls a function with local files of the same content, in the same order; they may be gone when it has ended. Throws
   * `corrupt` where one is missing.
   */
  withLocalFiles<Result>(paths: readonly string[], use: (files: readonly string[]) => Promise<Result>): Promise<Result>;
}

/** For storage that cannot move a folder at once: names right below the folder. */
export interface AdoptOrder {
  /** Names what all others hold. Whose content is there first has the path. */
  claim: string;
  /** Written last: what makes the folder whole for readers. */
  commit: string;
}

/** A temporary local folder; nothing in it is part of the ledger. */
export interface Stage {
  readonly folder: string;
  remove(): Promise<void>;
}
