import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BatchRecord } from "@caselink/ledger";
import type { WaitReason } from "@caselink/workflows";

/** Why the last local run of a batch was blocked. It is stored because a batch without a worker cannot be queried. */
export interface LastBlock {
  /** ISO 8601. */
  at: string;
  waitReason: WaitReason;
  /** The advice for the credentials that the run had. */
  advice: string;
}

/** The time of the plan distinguishes batches of the same id: a state folder may serve several ledgers. */
interface StoredBlock extends LastBlock {
  planned_at: string;
}

type Named = Pick<BatchRecord, "id" | "created_at">;

const fileOf = (home: string, { id }: Named): string => join(home, "blocked", `${id}.json`);

/** Stores the block for `status`. A failure is ignored: the screen of the run has already shown the block. */
export async function saveBlock(home: string, record: Named, block: LastBlock): Promise<void> {
  const file = fileOf(home, record);
  const stored: StoredBlock = { ...block, planned_at: record.created_at };
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, `${JSON.stringify(stored)}\n`, { mode: 0o600 });
  } catch {
    // status then shows the batch as interrupted
  }
}

/** Undefined if the last run was not blocked, or if the stored block cannot be read. */
export async function readBlock(home: string, record: Named): Promise<LastBlock | undefined> {
  try {
    const stored = JSON.parse(await readFile(fileOf(home, record), "utf8")) as StoredBlock;
    return stored.planned_at === record.created_at ? stored : undefined;
  } catch {
    return undefined;
  }
}

export async function forgetBlock(home: string, record: Named): Promise<void> {
  await rm(fileOf(home, record), { force: true });
}
