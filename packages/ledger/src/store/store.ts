import type { StorageFacts } from "./storage-facts.ts";

/**
 * The storage of a ledger's files. Paths are relative, use `/`, and consist of ids that were validated before.
 *
 * Code that uses this interface does not depend on folders or buckets. `test/stores.test.ts` runs the same tests on every
 * implementation.
 */
export interface Store {
  readonly location: string;
  /** The full location of a file, for messages. */
  describe(path: string): string;
  /** The whole text, or `undefined` if the file does not exist. */
  readText(path: string): Promise<string | undefined>;
  /** The bytes in order. Throws `corrupt` if the file does not exist. */
  read(path: string): AsyncIterable<Uint8Array>;
  /**
   * Replaces the file atomically: a reader sees the old text or the new one, even after a crash. May throw `conflict` if
   * another process replaced the file after this process read it.
   */
  write(path: string, text: string): Promise<void>;
  /** Replaces the file atomically and without a conflict check: the last of several writers wins. */
  overwrite(path: string, text: string | Uint8Array): Promise<void>;
  /** Writes a new file. If the file exists already, changes nothing and returns `false`. */
  writeOnce(path: string, text: string | Uint8Array): Promise<boolean>;
  /**
   * Returns whether `writeOnce` never replaces a file, however long the process stalls while it writes. Some object
   * storage cannot do that.
   */
  hasConditionalWrites(): Promise<boolean>;
  /**
   * Finds out what object storage can, with files below a path that the caller removes. Undefined for a folder. Throws
   * `storage` if the ledger cannot use it.
   */
  examine(path: string): Promise<StorageFacts | undefined>;
  /** The host and bucket of {@link StorageFacts}; undefined for a folder. */
  place(): Promise<string | undefined>;
  /** Removes a file; a missing one is no error. */
  remove(path: string): Promise<void>;
  /** The sorted names directly below a path; empty if the path does not exist. Unfinished files of a crash are left out. */
  list(path: string): Promise<string[]>;
  /** The paths of all files below a path, relative to it and in any order. Leaves out what {@link Store.list} does. */
  listTree(path: string): Promise<string[]>;
  /** Creates a local folder in which files are prepared before they become part of the store. */
  createStagingFolder(): Promise<StagingFolder>;
  /** Moves all files of a local folder into the store under a path, all or none. Returns `false` if the path exists. */
  adopt(folder: string, path: string, options: AdoptOptions): Promise<boolean>;
  /**
   * Removes everything below a path. Returns `false` if there was nothing. The file `first`, directly below the path, is
   * removed before all others, so that readers do not treat files left by a crash as complete. The next call removes those.
   */
  removeTree(path: string, first: string): Promise<boolean>;
  /**
   * Calls a function with local files of the same content, in the same order. They may be removed when the function has
   * ended. Throws `corrupt` if a file is missing.
   */
  withLocalFiles<Result>(paths: readonly string[], use: (files: readonly string[]) => Promise<Result>): Promise<Result>;
}

/** The first and the last file to write, for storage that cannot move a folder in one step. Both are directly below it. */
export interface AdoptOptions {
  /** Written first: lists the checksums of the other files. The first process that writes it owns the path. */
  claim: string;
  /** Written last: makes the folder complete for readers. */
  commit: string;
}

/** A temporary local folder. Its files are not part of the ledger. */
export interface StagingFolder {
  readonly folder: string;
  remove(): Promise<void>;
}
