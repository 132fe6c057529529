import { expect, test } from "vitest";
import { forgetSettled, recentlySettled, rememberSettled } from "./recently-settled.ts";

type Counts = Parameters<typeof rememberSettled>[0];

const started = (): Counts => ({ startedAt: 1_000, settledTickets: 0 });

/** Adds a report each second from `from` on, each with `perReport` more tickets. */
function report(data: Counts, from: number, reports: number, perReport: number): void {
  for (let at = 1; at <= reports; at++) {
    data.settledTickets += perReport;
    rememberSettled(data, from + at * 1_000);
  }
}

test("tickets count from the start to the last report, and later from about a minute before it", () => {
  const data = started();
  expect(recentlySettled(data)).toBeUndefined();
  report(data, 1_000, 1, 7);
  expect(recentlySettled(data)).toEqual({ since: 1_000, until: 2_000, tickets: 7 });
  report(data, 2_000, 300, 3);
  const { since, until, tickets } = recentlySettled(data) ?? { since: 0, until: 0, tickets: 0 };
  expect(until).toBe(302_000);
  expect(until - since).toBeGreaterThanOrEqual(60_000);
  expect(until - since).toBeLessThan(67_000);
  expect(tickets).toBe(((until - since) / 1_000) * 3);
});

test("a few samples are kept, however many reports come", () => {
  const data = started();
  report(data, 1_000, 5_000, 1);
  expect((data.recently ?? []).length).toBeLessThanOrEqual(16);
});

test("after a change only what follows counts", () => {
  const data = started();
  report(data, 1_000, 100, 50);
  forgetSettled(data, 102_000);
  expect(recentlySettled(data)).toBeUndefined();
  report(data, 102_000, 4, 2);
  expect(recentlySettled(data)).toEqual({ since: 102_000, until: 106_000, tickets: 8 });
});

test("a time without reports does not count, also not the one before the first", () => {
  const late = started();
  report(late, 500_000, 11, 5);
  expect(recentlySettled(late)).toEqual({ since: 501_000, until: 511_000, tickets: 50 });
  const silent = started();
  report(silent, 1_000, 100, 50);
  report(silent, 36_000_000, 31, 100);
  expect(recentlySettled(silent)).toEqual({ since: 36_001_000, until: 36_031_000, tickets: 3_000 });
});

test("reports that settle nothing count nothing", () => {
  const data = started();
  report(data, 1_000, 100, 50);
  report(data, 101_000, 80, 0);
  expect(recentlySettled(data)).toMatchObject({ tickets: 0 });
});
