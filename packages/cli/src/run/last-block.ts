import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BatchRecord } from "@caselink/ledger";
import type { Trouble } from "@caselink/workflows";

/** Why the last local run of a batch ended: what nobody works cannot be asked. */
export interface LastBlock {
  /** ISO 8601. */
  at: string;
  trouble: Trouble;
  /** What helps, with the credentials that the run had. */
  advice: string;
}

/** A state folder may serve several ledgers, one after the other, and each may have a batch of that id. */
interface Kept extends LastBlock {
  planned_at: string;
}

type Named = Pick<BatchRecord, "id" | "created_at">;

const fileOf = (home: string, { id }: Named): string => join(home, "blocked", `${id}.json`);

/** Keeps it for `status`. Where that fails the run has ended no differently, and its screen has told all. */
export async function saveBlock(home: string, record: Named, block: LastBlock): Promise<void> {
  const file = fileOf(home, record);
  const kept: Kept = { ...block, planned_at: record.created_at };
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  } catch {
    // status says then only that nobody works the batch
  }
}

/** Undefined where the last run was not blocked, or what it kept cannot be read. */
export async function readBlock(home: string, record: Named): Promise<LastBlock | undefined> {
  try {
    const kept = JSON.parse(await readFile(fileOf(home, record), "utf8")) as Kept;
    return kept.planned_at === record.created_at ? kept : undefined;
  } catch {
    return undefined;
  }
}

export async function forgetBlock(home: string, record: Named): Promise<void> {
  await rm(fileOf(home, record), { force: true });
}
