import { mkdir } from "node:fs/promises";
import { readSymmetry } from "../api-profile.ts";
import { readBatch } from "../batch/batch-files.ts";
import { assertBatchId, createBatchId } from "../batch/batch-id.ts";
import type { BatchOptions, BatchRecord } from "../batch/batch-record.ts";
import { sha256 } from "../files/checksum.ts";
import type { Database } from "../database.ts";
import { assertNeverForgotten, readForgottenAt } from "../batch/forget.ts";
import { InputError, LedgerError } from "../ledger-error.ts";
import { sealBatch } from "../batch/planned-files.ts";
import type { StagingFolder, Store } from "../store/store.ts";
import { checkRows, type CheckedTables, type OpenedInputs } from "./check-rows.ts";
import { assertGroupId } from "./checks/find-errors.ts";
import { parseColumnMap } from "./columns/column-map.ts";
import { openInputFile, type InputFile } from "./files/input-file.ts";
import { createLaneRows } from "./lane-rows.ts";
import type { CompleteRequest as PlanRequest, PlannedBatch, PlanPreview } from "./plan-request.ts";
import { copyRejects, createPlannedBatch, stagedBatchFolder } from "./planned-batch.ts";
import { createErrorCollector } from "./input-errors.ts";
import { asFileInput, isRowsInput } from "./readers/rows-input.ts";
import { TICKETS_PER_CHUNK, writeChunks } from "./output/write-chunks.ts";
import { writeStagedRejects } from "./rejects/write-rejects.ts";
import { writeRows } from "./output/write-rows.ts";

/** Reads, checks and groups the inputs of a batch in a staging folder. */
export async function planBatch(store: Store, request: PlanRequest): Promise<PlannedBatch> {
  const now = request.now?.() ?? new Date();
  await assertRequest(store, request);
  const columnMap = parseColumnMap(request.map);
  const symmetric = await readSymmetry(store, request.endpoint);
  const id = request.id ?? (await freeBatchId(store, now));
  return onStage(store, async (stage) => {
    const opened = await openInputs(request, stage);
    const batchFolder = stagedBatchFolder(stage, id);
    await mkdir(batchFolder, { recursive: true });
    const files: PlanFiles = { batchFolder, checksums: new Map() };
    const checked = await checkRows(opened, { ...request, columnMap, symmetric }, stage, (database, found) =>
      writePlan(database, found, { ...request, symmetric }, files),
    );
    const { counts, columns, written, ...findings } = checked;
    const sealed = {
      version: 1,
      id,
      kind: "create",
      created_at: now.toISOString(),
      endpoint: request.endpoint,
      ...(request.account !== undefined && { account: request.account }),
      inputs: recordsOf(opened.inputs),
      input_digest: digestOf(request, opened.inputs),
      options: optionsOf(request),
      counts,
      chunks: written,
      columns,
    } as const;
    const record = await sealBatch(batchFolder, sealed, files.checksums);
    return createPlannedBatch(store, stage, { ...findings, id, record });
  });
}

/** Reads and checks the inputs as {@link planBatch} does, and writes only the rejects file. */
export async function previewBatch(store: Store, request: PlanRequest): Promise<PlanPreview> {
  await assertRequest(store, request);
  const columnMap = parseColumnMap(request.map);
  const symmetric = await readSymmetry(store, request.endpoint);
  return onStage(store, async (stage) => {
    const opened = await openInputs(request, stage);
    const checked = await checkRows(opened, { ...request, columnMap, symmetric }, stage, (database, { rejects }) =>
      writeStagedRejects(database, rejects, stage.folder),
    );
    const { counts, columns: _columns, written: _written, ...findings } = checked;
    const record = { inputs: recordsOf(opened.inputs), options: optionsOf(request), counts };
    return {
      ...findings,
      record,
      writeRejects: (path) => copyRejects(stage.folder, { ...findings, record }, path),
      discard: () => stage.remove(),
    };
  });
}

/** Removes the staging folder if `use` fails; else the plan removes it. */
async function onStage<Plan>(store: Store, use: (stage: StagingFolder) => Promise<Plan>): Promise<Plan> {
  const stage = await store.createStagingFolder();
  try {
    return await use(stage);
  } catch (error) {
    await stage.remove();
    throw error;
  }
}

async function openInputs(request: PlanRequest, stage: StagingFolder): Promise<OpenedInputs> {
  const errorCollector = createErrorCollector();
  const inputs: InputFile[] = [];
  for (const [index, input] of request.inputs.entries()) {
    const file = await errorCollector.collect(() => openInputFile(asFileInput(input), stage.folder, index));
    if (file) inputs.push(file);
  }
  return { inputs, errorCollector };
}

interface PlanFiles {
  batchFolder: string;
  /** The checksums that are already known, by the file's name below the folder. */
  checksums: Map<string, string>;
}

/** Writes rows, rejects and chunks. Returns the number of chunks by lane. */
async function writePlan(
  database: Database,
  { rejects, rows }: CheckedTables,
  { groupId, ticketsPerChunk = TICKETS_PER_CHUNK, symmetric }: PlanRequest & { symmetric: boolean | undefined },
  files: PlanFiles,
): Promise<Record<string, number>> {
  await writeRows(database, rows, files);
  await writeStagedRejects(database, rejects, files.batchFolder);
  const ranges = await createLaneRows(database, groupId, "settled");
  const { chunks } = await writeChunks(database, ranges, {
    ticketsPerChunk,
    withMirrors: symmetric === undefined,
    ...files,
  });
  return chunks;
}

function recordsOf(inputs: readonly InputFile[]): BatchRecord["inputs"] {
  return inputs.map(({ name, format, facts, sheet, isMarked }) => ({
    name,
    ...(sheet !== undefined && { sheet }),
    bytes: facts.bytes,
    sha256: facts.sha256,
    ...(isMarked && format !== "parquet" && { byte_order_mark: true as const }),
  }));
}

async function assertRequest(store: Store, request: PlanRequest): Promise<void> {
  if (request.id !== undefined) assertBatchId(request.id);
  if (request.inputs.length === 0)
    throw new InputError("There is no input: name at least one file, or - for standard input.");
  if (request.inputs.filter((input) => !isRowsInput(input) && input.path === "-").length > 1) {
    throw new InputError("Standard input can be read only once: give - a single time.");
  }
  assertGroupId(request.groupId);
  const perChunk = request.ticketsPerChunk ?? TICKETS_PER_CHUNK;
  if (!Number.isSafeInteger(perChunk) || perChunk < 1) {
    throw new LedgerError("bad-option", "The tickets of a chunk must be a whole number of at least 1.");
  }
  if (request.id !== undefined) await assertNeverForgotten(store, request.id);
}

async function freeBatchId(store: Store, now: Date): Promise<string> {
  for (;;) {
    const id = createBatchId(now);
    if ((await readBatch(store, id)) === undefined && (await readForgottenAt(store, id)) === undefined) return id;
  }
}

function optionsOf(request: PlanRequest): BatchOptions {
  return {
    ...(request.groupId !== undefined && { group_id: request.groupId }),
    over_limit: request.overLimit,
    ...(request.maxRate !== undefined && { max_rate: request.maxRate }),
    give_up_after_ms: request.giveUpAfterMs,
    ...(request.readLagMs !== undefined && { read_lag_ms: request.readLagMs }),
    ...(request.map && Object.keys(request.map).length > 0 && { map: request.map }),
  };
}

/**
 * Returns a digest of all that decides which associations are requested at which endpoint: not file names, rate,
 * read lag or give-up.
 */
function digestOf(request: PlanRequest, inputs: readonly InputFile[]): string {
  const map = Object.entries(request.map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const files = inputs.map(({ format, facts, sheet }) => [
    format,
    facts.sha256,
    ...(sheet === undefined ? [] : [sheet]),
  ]);
  const decisive = [request.endpoint, files, request.groupId ?? null, request.overLimit, map];
  return sha256(JSON.stringify(decisive));
}
