/**
 * Where a ledger keeps its files. Paths are relative, with `/`, and made of ids that were checked before.
 *
 * Everything above this interface knows neither folders nor buckets: another kind of storage is one more
 * implementation.
 */
export interface Store {
  readonly location: string;
  /** How a person finds the file of a path; for messages. */
  describe(path: string): string;
  /** The whole text, or `undefined` where there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** The bytes in order. Throws where there is no such file. */
  read(path: string): AsyncIterable<Uint8Array>;
  /** Replaces the file as a whole: a reader sees the old text or the new, whatever crashes. */
  write(path: string, text: string): Promise<void>;
  /** Like `write`, but `false` and nothing changed where the file is there already. */
  writeOnce(path: string, text: string): Promise<boolean>;
  /** Names right below a path, sorted; none where the path does not exist. Leftovers of a crash are left out. */
  list(path: string): Promise<string[]>;
  /** A local folder to prepare files in before they become part of the store. */
  createStage(): Promise<Stage>;
  /** Makes a local folder's files the store's under a path, all or none; `false` where the path is taken. */
  adopt(folder: string, path: string): Promise<boolean>;
  /**
   * Removes all that is below a path; `false` where nothing was. The file `first`, right below the path, goes before all
   * else, so that what a crash leaves behind is never taken for whole; the next call removes that, too.
   */
  removeTree(path: string, first: string): Promise<boolean>;
  /** Local files with the content of what is below a path, in the order of `list`. */
  localFiles(path: string): Promise<string[]>;
}

/** A temporary local folder; nothing in it is part of the ledger. */
export interface Stage {
  readonly folder: string;
  remove(): Promise<void>;
}
