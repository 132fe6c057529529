import type { BatchProgress } from "@caselink/workflows";
import { expect, test } from "vitest";
import { progressBlock, progressLine } from "./progress-screen.ts";

const progress = (ambiguousTickets: number, more: Partial<BatchProgress> = {}): BatchProgress => ({
  phase: "running",
  rows: 5_000,
  tickets: 5_000,
  settledTickets: 20,
  outcomes: { created: 20 },
  waitingChunks: 0,
  ambiguousTickets,
  startedAt: 0,
  countedTurns: {},
  openLanes: [],
  ...more,
});
const blockOf = (shown: BatchProgress): string[] =>
  progressBlock("Batch b", { progress: shown, ticketsPerSecond: undefined }, "footer", 80).split("\n");

test("the block and the line say how many tickets are ambiguous, and nothing if none is", () => {
  const one = "1 ticket has a last write whose result is unknown: reading it again";
  const many = "1,234 tickets have a last write whose result is unknown: reading them again";
  for (const [tickets, text] of [
    [1, one],
    [1_234, many],
  ] as const) {
    expect(blockOf(progress(tickets))).toEqual(["Batch b", expect.any(String), "  created 20", `  ${text}`, "footer"]);
    expect(progressLine("b", { progress: progress(tickets), ticketsPerSecond: undefined })).toContain(text);
  }
  expect(blockOf(progress(0))).toEqual(["Batch b", expect.any(String), "  created 20", "footer"]);
});

test("ambiguous tickets are shown next to the reason for a wait, within 80 columns", () => {
  const lines = blockOf(progress(99_999, { phase: "paused" }));
  expect(lines.slice(3, -1)).toEqual(["  paused", expect.stringContaining("99,999 tickets")]);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
});
