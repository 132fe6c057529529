import { copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { batchPath, readBatch } from "../batch-files.ts";
import type { BatchRecord } from "../batch-record.ts";
import { errorMessage } from "../error-facts.ts";
import { LedgerError, type Fault } from "../ledger-error.ts";
import { assertPlanned, BATCH_ORDER } from "../manifest.ts";
import { besidePath } from "../store/atomic-file.ts";
import type { Stage, Store } from "../store/store.ts";
import type { CannotFit, CommittedBatch, TextFormat, PlannedBatch } from "./plan-request.ts";

/** What a plan came to. */
export interface PlanFindings {
  id: string;
  record: BatchRecord;
  faults: Fault[];
  faultCount: number;
  cannotFit: CannotFit[];
  cannotFitCount: number;
  rejectsFormat: TextFormat;
}

/** The name of the invalid rows' file in the batch's folder; absent where there are none. */
export function rejectsName(format: TextFormat): string {
  return `rejects.${format}`;
}

/** A plan in a stage, ready to be committed. */
export function createPlannedBatch(store: Store, stage: Stage, findings: PlanFindings): PlannedBatch {
  const { id, record, rejectsFormat } = findings;
  let state: "planned" | "committed" | "discarded" = "planned";
  let committed: CommittedBatch | undefined;

  function assertKept(): void {
    if (state === "discarded")
      throw new LedgerError("discarded", `The plan of batch ${id} was discarded; plan it again.`);
  }

  async function copyStored(stored: string, path: string): Promise<void> {
    await store.withLocalFiles([stored], async ([file = ""]) => {
      await assertPlanned(store, id, stored, file);
      await copyWhole(file, path);
    });
  }

  return {
    ...findings,

    async commit() {
      assertKept();
      if (committed) return committed;
      const isNew = await store.adopt(join(stage.folder, "batch"), batchPath(id), BATCH_ORDER);
      committed = isNew ? { ...record, attached: false } : { ...(await sameBatch(store, record)), attached: true };
      state = "committed";
      await stage.remove();
      return committed;
    },

    async writeRejects(path) {
      assertKept();
      const { invalid } = record.counts;
      if (invalid === 0) return 0;
      const name = rejectsName(rejectsFormat);
      if (state === "planned") await copyWhole(join(stage.folder, "batch", "rejects", name), path);
      else await copyStored(batchPath(id, "rejects", name), path);
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
  throw new LedgerError("storage", `${path} is in the way: it is no batch. Move it away.`);
}

async function copyWhole(source: string, path: string): Promise<void> {
  const aside = besidePath(path);
  try {
    await copyFile(source, aside);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw new LedgerError("storage", `${path} cannot be written: ${errorMessage(error)}.`, { cause: error });
  }
}
