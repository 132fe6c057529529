import { tmpdir } from "node:os";
import type { BatchRecord } from "@caselink/ledger";
import { expect, test } from "vitest";
import type { BaseSettings } from "../settings.ts";
import { checkLedger } from "./check-ledger.ts";

const BATCHES = ["a", "b"].map((id) => ({ id }) as BatchRecord);

/** The finding about batches of a ledger in which those of `ended` have ended. */
async function finding(ended: Set<string>, findNewerEnds: (open: readonly BatchRecord[]) => Promise<BatchRecord[]>) {
  const ledger = {
    probe: async () => undefined,
    batches: async () => BATCHES,
    summary: async (id: string) => (ended.has(id) ? {} : undefined),
  } as unknown as BaseSettings["ledger"];
  const settings = { ledger, ledgerLocation: tmpdir() } as BaseSettings;
  return (await checkLedger(settings, findNewerEnds)).find(({ check }) => check === "batches");
}

test("a batch whose end only Temporal has is a failure", async () => {
  const found = await finding(new Set(["a"]), async (open) => [...open]);
  expect(found).toMatchObject({ state: "failed", message: expect.stringContaining("an end of batch b that") });
});

test("a batch that ends while its ledger is checked is no sign of an older ledger", async () => {
  const ended = new Set(["a"]);
  const found = await finding(ended, async (open) => {
    ended.add("b");
    return [...open];
  });
  expect(found).toMatchObject({ state: "ok", message: "2 in the ledger, all have ended" });
});
