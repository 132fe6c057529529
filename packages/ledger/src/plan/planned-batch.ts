import { copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "@caselink/common";
import { batchPath, readBatch } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { openCheckFiles } from "../batch/check-files.ts";
import { readChunk, writeResults } from "../chunk/chunk-files.ts";
import { LedgerError } from "../ledger-error.ts";
import { assertUnaltered, COMMIT_ORDER, formatRecord, plannedFiles } from "../batch/planned-files.ts";
import { temporaryPathFor, replaceFile } from "../store/atomic-file.ts";
import { createLocalStore } from "../store/local-store.ts";
import type { StagingFolder, Store } from "../store/store.ts";
import type { CommittedBatch, PlanFindings, PlannedBatch, PlanPreview } from "./plan-request.ts";
import { rejectsName } from "./rejects/write-rejects.ts";

type Findings = PlanFindings & { id: string; record: BatchRecord };

/** Returns the folder of a plan in its staging folder, which is a ledger of that one batch. */
export function stagedBatchFolder(stage: StagingFolder, id: string): string {
  return join(stage.folder, ...batchPath(id).split("/"));
}

/** Makes the interface to a plan in a staging folder. */
export function createPlannedBatch(store: Store, stage: StagingFolder, findings: Findings): PlannedBatch {
  const { id, record, rejectsFormat } = findings;
  let state: "planned" | "committed" | "discarded" = "planned";
  let committed: CommittedBatch | undefined;
  const folder = stagedBatchFolder(stage, id);
  const staged = createLocalStore(stage.folder);

  function assertStaged(): void {
    if (state === "planned") return;
    throw new LedgerError("discarded", `The plan of batch ${id} was ${state}; plan it again.`);
  }

  function assertNotDiscarded(): void {
    if (state === "discarded")
      throw new LedgerError("discarded", `The plan of batch ${id} was discarded; plan it again.`);
  }

  async function copyStored(stored: string, path: string): Promise<void> {
    await store.withLocalFiles([stored], async ([file = ""]) => {
      await assertUnaltered(store, id, stored, file);
      await copyWhole(file, path);
    });
  }

  return {
    ...findings,

    async readChunk(chunkId) {
      assertStaged();
      return readChunk(staged, id, chunkId);
    },

    async relatedTickets() {
      assertStaged();
      const { openRelatedTickets } = await import("./related-tickets.ts");
      const chunks = await plannedFiles(staged, id, "chunks");
      return openRelatedTickets(
        stage,
        chunks.map((path) => staged.describe(path)),
      );
    },

    openCheck: () => openCheckFiles(store, record.input_digest),

    async writePredictions(chunkId, results) {
      assertStaged();
      await writeResults(staged, id, chunkId, results);
    },

    async report(options) {
      assertStaged();
      const { writeReport } = await import("../report/report.ts");
      return writeReport(staged, id, options);
    },

    async commit({ startsLater = false } = {}) {
      assertNotDiscarded();
      if (committed) return committed;
      // Predictions are not results.
      await rm(join(folder, "results"), { recursive: true, force: true });
      const toCommit: BatchRecord = { ...record, ...(startsLater && { starts_later: true }) };
      if (startsLater) await replaceFile(join(folder, COMMIT_ORDER.commit), formatRecord(toCommit));
      const isNew = await store.adopt(folder, batchPath(id), COMMIT_ORDER);
      committed = isNew ? { ...toCommit, attached: false } : { ...(await sameBatch(store, record)), attached: true };
      state = "committed";
      await stage.remove();
      return committed;
    },

    async writeRejects(path) {
      assertNotDiscarded();
      if (state === "planned") return copyRejects(folder, findings, path);
      const { invalid } = record.counts;
      if (invalid > 0) await copyStored(batchPath(id, "rejects", rejectsName(rejectsFormat)), path);
      return invalid;
    },

    async discard() {
      if (state === "planned") state = "discarded";
      await stage.remove();
    },
  };
}

async function sameBatch(store: Store, record: BatchRecord): Promise<BatchRecord> {
  const found = await readBatch(store, record.id);
  if (found?.input_digest === record.input_digest) return found;
  if (found) {
    throw new LedgerError(
      "batch-exists",
      `There is already a batch ${record.id} with other input or options; choose another --batch id, or leave it out for a new one.`,
    );
  }
  const path = store.describe(batchPath(record.id));
  throw new LedgerError("storage", `${path} is in the way: it is not a batch. Move it to another place.`);
}

/** Copies the rejects file of a plan, if it has invalid rows. Returns their number. */
export async function copyRejects(
  folder: string,
  { record, rejectsFormat }: Pick<PlanPreview, "record" | "rejectsFormat">,
  path: string,
): Promise<number> {
  const { invalid } = record.counts;
  if (invalid > 0) await copyWhole(join(folder, "rejects", rejectsName(rejectsFormat)), path);
  return invalid;
}

async function copyWhole(source: string, path: string): Promise<void> {
  const aside = temporaryPathFor(path);
  try {
    await copyFile(source, aside);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw new LedgerError("storage", `${path} cannot be written: ${errorMessage(error)}.`, { cause: error });
  }
}
