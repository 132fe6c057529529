import { setTimeout as delay } from "node:timers/promises";
import type { BatchRecord } from "@caselink/ledger";
import type {
  BatchClient,
  BatchPhase,
  BatchStoppedError,
  BatchProgress,
  ProgressReader,
  VersionWait,
} from "@caselink/workflows";
import { closeEngine, type Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open-engine.ts";
import { hasLocalWorker } from "../local/local-users.ts";
import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";

const LIMIT_MS = 5_000;
const VERSIONS_EVERY_MS = 30_000;
const HAS_ENDED: ReadonlySet<BatchPhase> = new Set(["completed", "cancelled"]);

/** Why Temporal does not work a batch: `isMissing` if it has no workflow of the batch, `hasEnded` if it recorded an end. */
export type NotWorked = { stopped: BatchStoppedError } | { isMissing: true } | { hasEnded: true };

/** The progress of a batch, or why there is none: `isSilent` if no worker responded in time. */
export type Live = { progress: BatchProgress } | { isSilent: true } | NotWorked;

/** Queries the progress of a running batch. The first query opens Temporal, and later ones use it again. */
export class LiveBatch implements AsyncDisposable {
  readonly #record: BatchRecord;
  readonly #settings: Settings;
  readonly #output: Output;
  #engine: Engine | undefined;
  #isOther = false;
  #reader: ProgressReader | undefined;
  #versionWait: VersionWait | undefined;
  #versionsReadAt = -Infinity;

  constructor(record: BatchRecord, settings: Settings, output: Output) {
    this.#record = record;
    this.#settings = settings;
    this.#output = output;
  }

  /** Undefined if nothing runs that could respond, or if Temporal has a batch of another ledger under this id. */
  async read(): Promise<Live | undefined> {
    const { isLocal, home, ledgerAddress } = this.#settings;
    if (isLocal && !(await hasLocalWorker(home, ledgerAddress))) return undefined;
    const { batches } = (this.#engine ??= await openEngine(this.#settings, this.#output, { withWorker: false }));
    try {
      return await this.#ask(batches);
    } catch (error) {
      const { BatchStoppedError, mayPass } = await import("@caselink/workflows");
      if (error instanceof BatchStoppedError) return { stopped: error };
      if (mayPass(error)) return { isSilent: true };
      throw error;
    }
  }

  /** Why the batch waits for workers of another version, after a {@link read}. Temporal is asked at most every 30 s. */
  async versionWait(): Promise<VersionWait | undefined> {
    if (this.#settings.isLocal || !this.#engine || performance.now() - this.#versionsReadAt < VERSIONS_EVERY_MS)
      return this.#versionWait;
    this.#versionsReadAt = performance.now();
    return (this.#versionWait = await this.#engine.batches.versionWait(this.#record).catch(() => undefined));
  }

  async #ask(batches: BatchClient): Promise<Live | undefined> {
    if (!this.#reader) {
      const found = await findBatch(this.#record, batches);
      this.#isOther = found === "other";
      if (found === "none") return { isMissing: true };
      if (found === "ended") return { hasEnded: true };
    }
    if (this.#isOther) return undefined;
    const progress = await Promise.race([this.#read(batches), delay(LIMIT_MS, undefined, { ref: false })]);
    if (progress) return HAS_ENDED.has(progress.phase) ? { hasEnded: true } : { progress };
    return (await findBatch(this.#record, batches)) === "none" ? { isMissing: true } : { isSilent: true };
  }

  /** First the whole progress, then each time one request to the batch and one to a lane. */
  async #read(batches: BatchClient): Promise<BatchProgress | undefined> {
    if (!this.#reader) return (this.#reader = batches.progressReader(this.#record)).all();
    await this.#reader.next();
    return this.#reader.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#engine) await closeEngine(this.#engine, this.#output);
  }
}

/** Whether Temporal has this batch, recorded its end, has a batch of another ledger with the same id, or none. */
async function findBatch(record: BatchRecord, batches: BatchClient): Promise<"this" | "ended" | "other" | "none"> {
  try {
    const found = await batches.requireSamePlan(record);
    if (!found) return "none";
    return found.status.name === "COMPLETED" ? "ended" : "this";
  } catch (error) {
    const { OtherBatchError } = await import("@caselink/workflows");
    if (error instanceof OtherBatchError) return "other";
    throw error;
  }
}
