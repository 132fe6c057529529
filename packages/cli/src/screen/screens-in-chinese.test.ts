import type { BatchProgress } from "@caselink/workflows";
import type { BatchRecord, BatchSummary, Diagnostic, PlanPreview } from "@caselink/ledger";
import { createColors } from "picocolors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newCheck } from "../check/check.ts";
import { useLanguage } from "../language/words.ts";
import { CLUSTER_CREDENTIALS_ADVICE, blockedScreen, localCredentialsAdvice } from "./blocked-screen.ts";
import { checkScreen } from "./check-screen.ts";
import { duration, widthOf } from "./format.ts";
import { errorLines, planScreen, warningLines } from "./plan-screen.ts";
import { progressBlock } from "./progress-screen.ts";
import { summaryScreen } from "./summary-screen.ts";
import { differenceLine, verifyScreen } from "./verify-screen.ts";

beforeAll(() => useLanguage({ CASELINK_LANG: "zh" }));
afterAll(() => useLanguage({ CASELINK_LANG: "en" }));

const colors = createColors(false);
const HAN = /\p{Script=Han}/u;

/** The widest line of a screen, in columns. */
const widest = (screen: string): number => Math.max(...screen.split("\n").map(widthOf));

const counts = { lines: 12_000, rows: 12_345, to_send: 12_000, tickets: 9_000, tickets_to_send: 9_000 };
const record = {
  id: "b",
  kind: "create",
  inputs: [{ name: "工单.csv" }],
  options: {},
  counts: { ...counts, duplicate: 40, limit_reached: 205, invalid: 100 },
} as unknown as BatchRecord;

const error = (line: number, value: string): Diagnostic => ({
  severity: "error",
  file: "工单.csv",
  line,
  column: "case_id",
  value,
  reason: "原因".repeat(30),
  advice: "建议",
});

const plan = {
  record,
  ticketsOverLimit: [
    { ticket: "SR1", asked: 5, lines: [2, 3, 4, 5, 6] },
    { ticket: "SR20", asked: 40, lines: Array.from({ length: 40 }, (_, at) => 1_000 + at) },
  ],
  ticketsOverLimitCount: 9,
  errors: [error(7, "1.23E+15"), error(1_234, "工单".repeat(20))],
  errorCount: 30,
  warnings: [{ ...error(1, ""), severity: "warning" }],
  crowdedRelated: [{ ticket: "R", asked: 4, lines: [2, 3, 4, 5] }],
  crowdedRelatedCount: 1,
} as unknown as PlanPreview;

const progress: BatchProgress = {
  phase: "running",
  rows: 5_000,
  tickets: 100_000,
  settledTickets: 12_345,
  outcomes: { created: 12_000, already_associated: 345 },
  waitingChunks: 0,
  ambiguousTickets: 1_234,
  startedAt: 0,
  countedTurns: {},
  openLanes: [],
};

test("a plan in Chinese fits 80 columns, and its columns begin below each other", () => {
  const screen = planScreen(plan);
  expect(widest(screen)).toBeLessThanOrEqual(80);
  expect(screen).toContain("输入文件 12,000 行，得到 12,345 行");
  expect(widthOf(screen.split("\n")[0] ?? "")).toBe(78);
  const rows = screen.split("\n").filter((line) => /^ +[\d,]+ {2}/.test(line));
  const notes = rows.map((line) => widthOf(line.slice(0, line.search(/(?<=\p{Script=Han} +)(?:[\d（]|与)/u))));
  expect(rows).toHaveLength(4);
  expect(new Set(notes).size).toBe(1);
  expect(screen).toContain("SR1   第 2、3、4、5、6 行");
  expect(screen).toMatch(/SR20 {2}第 1,000、.* 等行 {2}要求 40 个，上限为 3/);
});

test("errors and warnings in Chinese are broken between their characters, within 80 columns", () => {
  const rejects = { path: "工单.rejects.csv", rerun: "caselink run 工单.rejects.csv" };
  const lines = [...errorLines(plan, rejects), ...warningLines(plan)].join("\n");
  expect(widest(lines)).toBeLessThanOrEqual(80);
  expect(lines).toContain("原因；");
  expect(lines).toContain("其余 28 项见 工单.rejects.csv");
  expect(lines).not.toContain("； ");
});

test("the progress block in Chinese fits its columns, whatever the reason for a wait", () => {
  const reason = "APIGW.0301, HTTP 401: Incorrect IAM authentication information: decrypt token fail";
  for (const kind of ["credentials", "unavailable", "slow-down", "worker"] as const) {
    const shown: BatchProgress = { ...progress, waitReason: { kind, reason } };
    const block = progressBlock("批次 b", { progress: shown, ticketsPerSecond: 117 }, "", 80);
    expect(widest(block)).toBeLessThanOrEqual(80);
    expect(block).toContain("12,345 / 100,000 张工单   117/秒   剩余 12 分钟 29 秒");
    expect(block).toContain("  已创建 12,000   原已存在 345");
    expect(block.replaceAll(/\n */g, "")).toContain("APIGW.0301");
  }
});

test("the bar is as long as the columns of its figures leave room for", () => {
  const block = progressBlock("", { progress, ticketsPerSecond: 117 }, "", 80);
  expect(widthOf(block.split("\n")[1] ?? "")).toBeLessThanOrEqual(79);
});

test("the summary in Chinese names each outcome and what to type next", () => {
  const summary = {
    state: "completed",
    rows: 12,
    created: 5,
    failed: 3,
    cancelled: 2,
    not_found: 2,
    started_at: "2026-01-01T00:00:00.000Z",
    finished_at: "2026-01-01T00:01:35.000Z",
  } as unknown as BatchSummary;
  const screen = summaryScreen(record, summary, "/ledger/report.csv", colors);
  expect(widest(screen)).toBeLessThanOrEqual(80);
  expect(screen.split("\n").slice(0, 4)).toEqual([
    "已结束，用时 1 分钟 35 秒。每一行都有结果。",
    "",
    "  已创建   5",
    "  未完成   7   不存在 2、失败 3、已取消 2",
  ]);
  expect(screen).toContain("重试     caselink retry b   只重试失败的 3 行和已取消的 2 行；其余保持不变");
});

test("the screen of a blocked batch translates an advice that was stored in English", () => {
  for (const advice of [
    CLUSTER_CREDENTIALS_ADVICE,
    localCredentialsAdvice({ CASELINK_TOKEN: "x", CASELINK_SITE: "cn" }),
  ]) {
    const waitReason = { kind: "credentials", reason: "r", code: "APIGW.0301", httpStatus: 401 } as const;
    const blocked = { batchId: "b", waitReason, progress: { tickets: 3, settledTickets: 1 } };
    const lines = blockedScreen(blocked, advice, colors).split("\n");
    expect(lines.slice(0, 3)).toEqual([
      "完成 1 张工单后阻塞：凭证被拒绝（APIGW.0301, HTTP 401）。",
      "  数据没有丢失：1 张工单已完成，2 张等待中。",
      "  原因：r",
    ]);
    expect(lines[3]).toMatch(HAN);
    expect(widest(lines.join("\n"))).toBeLessThanOrEqual(80);
  }
});

test("a difference keeps its English message, and the screen shows it in Chinese", () => {
  const message = "the ticket no longer exists; expected by lines 2, 3, 4, 5, 6, 7 ...";
  expect(differenceLine({ kind: "ticket_gone", case_id: "A", message })).toBe(
    "  A   工单已不存在；依据报告第 2, 3, 4, 5, 6, 7 ... 行，它应该存在",
  );
  const tally = { tickets: 2, rows: 5, open_rows: 1, unread: 1, forbidden: 2, differences: { missing: 30 } };
  const seal = { isSealed: true, recorded: "unreachable", isStopped: true } as const;
  const result = {
    record,
    tally: { ...tally, seal },
    followUps: ["b-retry"],
    isEnded: false,
    tookMs: 100,
    out: undefined,
  };
  const screen = verifyScreen(result, colors);
  expect(widest(screen)).toBeLessThanOrEqual(80);
  for (const line of screen.split("\n").filter(Boolean)) expect(line).toMatch(HAN);
});

test("a check in Chinese has a line for every predicted outcome", () => {
  const outcomes = { created: 1, already_associated: 2, limit_reached: 3, not_found: 4, forbidden: 5, invalid: 6 };
  const check = {
    ...newCheck(),
    outcomes,
    unknown: 7,
    done: 9,
    reused: 3,
    reusedFrom: 0,
    unread: 1,
    overLimitCount: 2,
  };
  const screen = checkScreen(check, 65_000, "p.csv");
  expect(widest(screen)).toBeLessThanOrEqual(80);
  expect(screen.split("\n").filter((line) => /^ {2}\d {2}/.test(line))).toHaveLength(7);
  for (const line of screen.split("\n").filter(Boolean)) expect(line).toMatch(HAN);
});

test("a duration has Chinese units", () => {
  expect([100, 95_000, 7_500_000, 90_000_000].map(duration)).toEqual([
    "1 秒以内",
    "1 分钟 35 秒",
    "2 小时 5 分钟",
    "1 天 1 小时",
  ]);
});
