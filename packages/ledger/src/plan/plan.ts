import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readBatch } from "../batch-files.ts";
import { assertBatchId, createBatchId } from "../batch-id.ts";
import type { BatchOptions, BatchRecord } from "../batch-record.ts";
import { sha256 } from "../checksum.ts";
import { openDatabase } from "../database.ts";
import { assertNeverForgotten, readForgottenAt } from "../forget.ts";
import { InputError, LedgerError } from "../ledger-error.ts";
import { sealBatch } from "../manifest.ts";
import type { Store } from "../store/store.ts";
import { assertGroupId, findFaults, firstFaults } from "./find-faults.ts";
import { findSecondGroups } from "./find-second-groups.ts";
import { createRoleOf } from "./input-columns.ts";
import { openInputFile, type InputFile } from "./input-file.ts";
import { createLaneRows } from "./lane-rows.ts";
import type { PlannedBatch, PlanRequest } from "./plan-request.ts";
import { createPlannedBatch, rejectsName, stagedBatchFolder, type PlanFindings } from "./planned-batch.ts";
import { readInputs } from "./read-inputs.ts";
import { asFileInput, isRowsInput } from "./rows-input.ts";
import { settleRows } from "./settle-rows.ts";
import { TICKETS_PER_CHUNK, writeChunks } from "./write-chunks.ts";
import { rejectsFormat, writeRejectsFile } from "./write-rejects.ts";
import { writeRows } from "./write-rows.ts";

const SHOWN_FAULTS = 20;
/** What the database may hold of a million rows, in MB: it is no slower with more. */
const SMALL_LIMIT_MB = 48;
/** Of many millions: what it holds need not be written to the disk and read again. */
const LARGE_LIMIT_MB = 320;

/** Reads, checks and groups the inputs of a batch in a temporary folder. */
export async function planBatch(store: Store, request: PlanRequest): Promise<PlannedBatch> {
  assertRequest(request);
  const now = request.now?.() ?? new Date();
  if (request.id !== undefined) await assertNeverForgotten(store, request.id);
  const id = request.id ?? (await freeBatchId(store, now));
  const stage = await store.createStage();
  try {
    const inputs: InputFile[] = [];
    for (const input of request.inputs)
      inputs.push(await openInputFile(asFileInput(input), stage.folder, inputs.length));
    const batchFolder = stagedBatchFolder(stage, id);
    await mkdir(batchFolder, { recursive: true });
    const files: PlanFiles = { batchFolder, checksums: new Map() };
    const { record: planned, ...findings } = await planRows(inputs, request, files, join(stage.folder, "spill"));
    const sealed = {
      version: 1,
      id,
      kind: "create",
      created_at: now.toISOString(),
      endpoint: request.endpoint,
      inputs: inputs.map(({ name, facts }) => ({ name, bytes: facts.bytes, sha256: facts.sha256 })),
      input_digest: digestOf(request, inputs),
      options: optionsOf(request),
      ...planned,
    } as const;
    const record = await sealBatch(batchFolder, sealed, files.checksums);
    return createPlannedBatch(store, stage, { ...findings, id, record });
  } catch (error) {
    await stage.remove();
    throw error;
  }
}

type PlannedRows = Omit<PlanFindings, "id" | "record"> & { record: Pick<BatchRecord, "counts" | "chunks" | "columns"> };

interface PlanFiles {
  batchFolder: string;
  /** The checksums that are known already, by name below the folder. */
  checksums: Map<string, string>;
}

async function planRows(
  inputs: readonly InputFile[],
  request: PlanRequest,
  files: PlanFiles,
  spillFolder: string,
): Promise<PlannedRows> {
  const { groupId, overLimit, ticketsPerChunk = TICKETS_PER_CHUNK } = request;
  const database = await openDatabase(spillFolder, memoryLimitMb(inputs));
  try {
    const read = await readInputs(database, inputs, request);
    await findFaults(database, groupId);
    const ranges = await createLaneRows(database, groupId, "fault");
    await findSecondGroups(database, ranges);
    const [faults, faultCount] = await firstFaults(database, SHOWN_FAULTS, read.names);
    const fileNames = inputs.map(({ name }) => name);
    const { cannotFit, cannotFitCount, ...settled } = await settleRows(database, ranges, overLimit, fileNames);
    await writeRows(database, read.rows, files);
    const form = rejectsFormat(read.sources);
    if (settled.invalid > 0) {
      const folder = join(files.batchFolder, "rejects");
      await mkdir(folder);
      await writeRejectsFile(database, read.sources, join(folder, rejectsName(form)));
    }
    const { chunks, tickets } = await writeChunks(database, ranges, { ticketsPerChunk, ...files });
    const counts = {
      rows: read.rows,
      lines: read.lines,
      // A refused ticket sends nothing; every other one with a valid row sends at least its first.
      tickets: tickets + (overLimit === "refuse" ? cannotFitCount : 0),
      to_send: read.rows - settled.duplicate - settled.limit_reached - settled.invalid,
      tickets_to_send: tickets,
      ...settled,
    };
    const record = { counts, chunks, columns: read.columns };
    return { record, faults, faultCount, cannotFit, cannotFitCount, rejectsFormat: form };
  } finally {
    database.close();
  }
}

/** What is likely to be enough; where it is not, the database takes more. */
function memoryLimitMb(inputs: readonly InputFile[]): number | undefined {
  const bytes = inputs.reduce((sum, { facts }) => sum + facts.bytes, 0);
  const lines = inputs.reduce((sum, { facts }) => sum + facts.lineFeeds, 0);
  if (bytes < 64_000_000 && lines < 1_500_000) return SMALL_LIMIT_MB;
  return bytes > 160_000_000 || lines > 4_000_000 ? LARGE_LIMIT_MB : undefined;
}

function assertRequest(request: PlanRequest): void {
  if (request.id !== undefined) assertBatchId(request.id);
  if (request.inputs.length === 0)
    throw new InputError("There is no input: name at least one file, or - for standard input.");
  if (request.inputs.filter((input) => !isRowsInput(input) && input.path === "-").length > 1) {
    throw new InputError("Standard input can be read only once: give - a single time.");
  }
  assertGroupId(request.groupId);
  createRoleOf(request);
  const perChunk = request.ticketsPerChunk ?? TICKETS_PER_CHUNK;
  if (!Number.isSafeInteger(perChunk) || perChunk < 1) {
    throw new LedgerError("bad-option", "The tickets of a chunk must be a whole number of at least 1.");
  }
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
    ...(request.map && Object.keys(request.map).length > 0 && { map: request.map }),
  };
}

/** What decides which associations are asked for, where. File names, pace and patience do not. */
function digestOf(request: PlanRequest, inputs: readonly InputFile[]): string {
  const map = Object.entries(request.map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const files = inputs.map(({ format, facts }) => [format, facts.sha256]);
  const decisive = [request.endpoint, files, request.groupId ?? null, request.overLimit, map];
  return sha256(JSON.stringify(decisive));
}
