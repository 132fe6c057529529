import { LANES } from "@caselink/ledger";
import { expect, test } from "vitest";
import { input, report } from "../../test/support/batch-reports.ts";
import { BatchState } from "./batch-state.ts";
import { MOST_KINDS } from "./batch-rejections.ts";
import type { OutcomeCounts } from "./contracts.ts";

/** As many as a plan makes of 20 million tickets: a lane has no more. */
const CHUNKS_PER_LANE = 160;
const outcomes: OutcomeCounts = {
  created: 19_000,
  already_associated: 1_000,
  limit_reached: 1_000,
  not_found: 1_000,
  forbidden: 1_000,
  failed: 1_000,
};

/** As many kinds as a turn reports, with the longest texts of the API. */
const rejections = Array.from({ length: MOST_KINDS }, (_, at) => {
  const kind = `code ${"c".repeat(60)}${at}`;
  return { kind, tickets: 1, reason: { kind: "behaviour" as const, reason: "x".repeat(600), rejection: kind } };
});

test("the state of a batch of 20 million tickets has less than 1 MB, even if every chunk waits and is ambiguous", () => {
  const chunks = Object.fromEntries(LANES.map((lane) => [lane, CHUNKS_PER_LANE]));
  const state = new BatchState({ ...input, chunks, tickets: 20_000_000 }, 1_790_000_000_000);
  for (let index = 0; index < CHUNKS_PER_LANE; index++) {
    const counts = { outcomes, settledTickets: 7_000 };
    const left = { counts, retryable: 800, ambiguous: 7, rejections };
    for (const lane of LANES) state.report(report(lane, index, left), 1_790_000_100_000 + index);
  }
  expect(state.data.waiting).toHaveLength(CHUNKS_PER_LANE * LANES.length);
  expect(state.data.doubts).toHaveLength(CHUNKS_PER_LANE * LANES.length);
  expect(JSON.stringify(state.data).length).toBeLessThan(1_000_000);
});
