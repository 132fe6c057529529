import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, watch, type FSWatcher } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { StoppedProcesses } from "./stopped-processes.ts";

/** The names of the ledger's files while they are written. */
const TEMPORARY = /^\..+\.[0-9a-f]{12}\.tmp$/;
/** Until then the watcher has reported what happened before the stop. */
const REPORTED_MS = 15;
/** A process that was not stopped would have renamed its file by then. */
const CERTAIN_MS = 300;
/** The time between two tries, so that the processes can work. */
const BETWEEN_TRIES_MS = 40;

/** A process that continues renames its files within this time. */
const RENAMED_MS = 1_500;
/** So often a process may be stopped in vain. */
const MAX_MISTAKES = 6;
const KINDS = ["leases", "snapshots", "results"];

export interface RenameStopOptions {
  processes: StoppedProcesses;
  /** The processes that may be stopped. */
  candidates: () => ChildProcess[];
  /** Chooses one of them. */
  choose: (candidates: ChildProcess[]) => ChildProcess | undefined;
  /** How often a process is stopped so. */
  times: number;
  record: (what: string) => void;
}

/**
 * Stops processes between the creation of a temporary file in the ledger and its rename, and lets them continue when their
 * successor has worked. It watches the ledger, stops a process when a temporary file gets its text, and lets it continue soon unless
 * a temporary file stays: then it is one of the stopped process.
 */
export class RenameStops {
  readonly #options: RenameStopOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  /** The temporary files that appeared since the last try. */
  readonly #seen = new Set<string>();
  /** Those of the processes that are stopped. */
  readonly #held = new Set<string>();
  #left: number;
  #mistakesLeft = MAX_MISTAKES;
  #isEnded = false;
  #isTrying = false;

  constructor(ledger: string, options: RenameStopOptions) {
    this.#options = options;
    this.#left = options.times;
    if (options.times > 0) void this.#watch(ledger);
  }

  end(): void {
    this.#isEnded = true;
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  /** Watches a folder and those below it, also when they are created later. */
  async #watch(folder: string): Promise<void> {
    if (this.#isEnded || this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (event, name) => {
        if (name !== null) this.#see(folder, name, event === "change");
      });
      watcher.on("error", () => watcher.close());
      this.#watchers.set(folder, watcher);
      for (const name of await readdir(folder)) this.#see(folder, name, true);
    } catch {
      if (this.#watchers.size > 0) return; // a file, or it is gone
      await pause(100);
      await this.#watch(folder); // the ledger is not there yet
    }
  }

  /** @param hasText false if the file has just been created or renamed */
  #see(folder: string, name: string, hasText: boolean): void {
    const path = join(folder, name);
    if (TEMPORARY.test(name)) {
      this.#seen.add(path);
      if (hasText) void this.#tryStop();
    } else if (!/\.\w+$/.test(name)) void this.#watch(path);
  }

  async #tryStop(): Promise<void> {
    if (this.#isEnded || this.#left === 0 || this.#isTrying) return;
    const { processes, candidates, choose } = this.#options;
    const child = choose(processes.running(candidates()));
    if (!child || !processes.stop(child)) return;
    this.#isTrying = true;
    await pause(REPORTED_MS);
    if (this.#unfinished().length > 0) await pause(CERTAIN_MS);
    const files = this.#unfinished();
    if (files.length === 0) processes.continue(child);
    else void this.#stall(child, files);
    await pause(BETWEEN_TRIES_MS);
    this.#seen.clear();
    this.#isTrying = false;
  }

  /** Records the files that were there until the process continued, and then were renamed: they are certainly its own. */
  async #stall(child: ChildProcess, files: string[]): Promise<void> {
    const { processes, record } = this.#options;
    this.#left--;
    for (const path of files) this.#held.add(path);
    let written: string[] = [];
    let unwritten: string[] = [];
    await processes.stall(child, () => {
      const left = files.filter((path) => existsSync(path));
      written = left.filter(isWritten);
      unwritten = left.filter((path) => !written.includes(path));
    });
    await pause(RENAMED_MS);
    const own = renamed([...written, ...unwritten]);
    if (own.length === 0) {
      // On a busy machine a process that was not stopped may need longer.
      if (--this.#mistakesLeft >= 0) this.#left++;
      return;
    }
    const kinds = [...new Set(own.map((path) => path.split("/").find((part) => KINDS.includes(part)) ?? "others"))];
    const counts = `${renamed(written).length} files, during the write of ${renamed(unwritten).length} (${kinds.join(", ")})`;
    record(`stop before the rename of ${counts}`);
  }

  /** Files that the process of this try, or a killed one, has not renamed. */
  #unfinished = (): string[] => [...this.#seen].filter((path) => !this.#held.has(path) && existsSync(path));
}

const renamed = (paths: string[]): string[] => paths.filter((path) => !existsSync(path));

/** Every file of the ledger ends with a line break. */
function isWritten(path: string): boolean {
  try {
    return readFileSync(path, "utf8").endsWith("\n");
  } catch {
    return false;
  }
}
