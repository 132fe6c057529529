import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger, type Ledger, type PlannedBatch, type PlanRequest } from "../src/index.ts";

type Files = Record<string, string | Buffer>;

/** A ledger in a folder of its own, removed when it goes out of scope. */
export interface TemporaryLedger extends AsyncDisposable {
  folder: string;
  ledger: Ledger;
  path: (name: string) => string;
  write: (name: string, content: string | Buffer) => Promise<string>;
  /** Plans files with these names and contents, in order. */
  plan: (files: Files, request?: Partial<PlanRequest>) => Promise<PlannedBatch>;
}

export async function createTemporaryLedger(): Promise<TemporaryLedger> {
  const folder = await mkdtemp(join(tmpdir(), "ledger-test-"));
  const ledger = openLedger(join(folder, "ledger"));
  const path = (name: string) => join(folder, name);
  const write = async (name: string, content: string | Buffer) => {
    await writeFile(path(name), content);
    return path(name);
  };
  return {
    folder,
    ledger,
    path,
    write,
    async plan(files, request = {}) {
      const inputs: { path: string }[] = [];
      for (const [name, content] of Object.entries(files)) inputs.push({ path: await write(name, content) });
      return ledger.plan({
        inputs,
        endpoint: "https://api.example.com",
        overLimit: "refuse",
        giveUpAfterMs: 1000,
        ...request,
      });
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Returns rows as CSV with the contract's header. */
export function csvOf(rows: readonly (readonly string[])[], header = ["case_id", "related_id", "group_id"]): string {
  return [header, ...rows].map((row) => `${row.join(",")}\n`).join("");
}
