import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { texts } from "../../cli/src/language/zh-CN/texts.ts";
import { PAGE_TEXTS } from "../src/page/page-texts.ts";
import type { ReportLanguage } from "../src/index.ts";
import { cellsOf, createBatch, END, rowCount, settle, usePages } from "./report-page-fixture.ts";
import { createTemporaryLedger, csvOf } from "./temporary-ledger.ts";

const open = usePages();

/** Reasons of the tests' batches, which come from the API and from the plan. */
const REASONS: Readonly<Record<string, string>> = {
  "no such ticket": "没有这张工单",
  "HTTP 503": "HTTP 503",
  "case_id: missing": "case_id：缺失",
  "same as line 2": "与第 2 行相同",
};

/** @param missing gets the texts that the catalogue of the command does not have */
const chinese = (missing: Set<string>): ReportLanguage => ({
  tag: "zh-CN",
  translate(text) {
    const translation = texts[text] ?? REASONS[text];
    if (translation === undefined) missing.add(text);
    return translation ?? text;
  },
});

/** Words of three letters and more that a Chinese page has: names, keys, a month. */
const NAMES = /^(?:API|CSV|UTC|SHA|HTTP|OSM|JavaScript|Enter|November|caselink|csv|api|example|com|tickets|case)$/;

/** The English words of a text. */
const englishIn = (text: string): string[] => (text.match(/[A-Za-z]{3,}/g) ?? []).filter((word) => !NAMES.test(word));

/** What people see or hear of the page, except for commands, paths, digests and the fields of a row. */
const visibleIn = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const body = document.body.cloneNode(true) as HTMLElement;
    for (const part of body.querySelectorAll("script, code, .code, .provenance bdi, dialog dl")) part.replaceChildren();
    const heard = [...body.querySelectorAll("*")].flatMap((element) =>
      ["aria-label", "placeholder", "title"].map((name) => element.getAttribute(name) ?? ""),
    );
    return [document.title, body.textContent, ...heard].join("\n");
  });

test("the report page in Chinese has no English text, and its search, filters and details work", async (context) => {
  const missing = new Set<string>();
  await using batch = await createBatch(chinese(missing));
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  expect(await page.title()).toBe("已创建 35 个关联，6 行未完成 · b1");
  const text = await page.locator("main").innerText();
  for (const expected of ["用时 1 分钟，完成于 24 November 2026, 20:01:00 UTC。", "caselink verify b1", "没有这张工单"])
    expect(text).toContain(expected);
  const status = page.getByRole("status");
  expect(await status.textContent()).toBe("42 行，未完成的在前");

  const search = page.getByLabel("搜索");
  for (const word of ["没有这张", "不存在", "NOT_FOUND"]) {
    await search.fill(word);
    expect([word, await rowCount(page), await status.textContent()]).toEqual([word, 3, "42 行中的 3 行"]);
  }
  expect(await cellsOf(page, 4)).toEqual(["不存在", "不存在", "不存在"]);
  await search.fill("");
  await page.getByRole("checkbox", { name: "失败" }).check();
  expect(await cellsOf(page, 2)).toEqual(["SR3", "SR4"]);
  await page.getByRole("table", { name: "各原因的未完成行数" }).getByText("没有这张工单").click();
  expect([await rowCount(page), await page.locator(".chosen").textContent()]).toEqual([
    3,
    "仅显示：没有这张工单 OSM.01010015",
  ]);
  await page.getByRole("columnheader", { name: "关联工单" }).getByRole("button").click();
  expect(await cellsOf(page, 3)).toEqual(["R98", "R99", "R100"]);
  await page.locator("tr[data-place] td").first().click();
  const details = await page.getByRole("dialog", { name: "第 4 行" }).innerText();
  // The names and the outcome are those of the CSV.
  for (const field of ["case_id\nSR2", "outcome\nnot_found", "error_message\n没有这张工单"])
    expect(details).toContain(field);
  expect([...englishIn(await visibleIn(page)), ...missing]).toEqual([]);
  await page.getByRole("button", { name: "关闭" }).click();
  await page.getByRole("button", { name: "显示所有行" }).click();
  expect(await rowCount(page)).toBe(42);
  expect(problems).toEqual([]);
});

test("the report page in Chinese fits a narrow screen", async (context) => {
  await using batch = await createBatch(chinese(new Set()));
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  await page.setViewportSize({ width: 390, height: 844 });
  const line = page.locator("tr[data-place] td.number").first();
  await expect
    .poll(() =>
      line.evaluate((cell) =>
        ["::before", "::after"].map((part) => getComputedStyle(cell, part).content).join(cell.textContent ?? ""),
      ),
    )
    .toBe('"第 "2" 行"');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(problems).toEqual([]);
});

test("the catalogue has every text of the page, whatever the state of the batch", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger, path } = temporary;
  const missing = new Set<string>();
  const language = chinese(missing);
  const pages: string[] = [];
  const write = async (id: string, outcomes?: ["created"]) => {
    await ledger.report(id, { format: "html", language, out: path("page.html"), ...(outcomes && { outcomes }) });
    pages.push(await readFile(path("page.html"), "utf8"));
  };
  const rows = Array.from({ length: 20 }, (_, index) => [`T${index}`, `R${index}`, "g"]);
  const first = await (await temporary.plan({ "in.csv": csvOf(rows) }, { id: "b1" })).commit();
  await settle(temporary, first, () => ({ outcome: undefined as never }));
  await write("b1");
  await settle(temporary, first, (row) =>
    row < 16 ? { outcome: "failed", error_message: `E${row}` } : { elapsed_ms: row },
  );
  await ledger.finish("b1", { ...END, finished_at: END.started_at });
  await write("b1");
  await write("b1", ["created"]);
  const undo = await ledger.planUndo("b1", "u1");
  await write("u1");
  await settle(temporary, undo, () => ({ outcome: "removed" }));
  await ledger.finish("u1", { ...END, state: "cancelled" });
  await write("u1");
  expect([...missing].filter((text) => !/^E\d+$/.test(text))).toEqual([]);
  const headings = pages.map((page) => /<h1>(.*?)<\/h1>/.exec(page)?.[1]);
  expect(headings).toEqual([
    "目前已创建 0 个关联，还剩 20 行",
    "已创建 5 个关联，<em>15 行未完成</em>",
    "已创建 5 个关联，<em>15 行未完成</em>",
    "目前已删除 0 个关联，还剩 5 行",
    "已删除 5 个关联，全部完成",
  ]);
});

test("a page without a language is English and holds no translations; CSV is the same in every language", async () => {
  await using batch = await createBatch();
  const page = await readFile(batch.report, "utf8");
  expect(page).toContain('<html lang="en">');
  const meta = /id="meta">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
  expect(Object.keys(JSON.parse(meta) as object)).toEqual(["columns", "reasons", "outcomes"]);
  const csvIn = async (language?: ReportLanguage) => {
    await batch.ledger.report("b1", { format: "csv", language, out: batch.path("report.csv") });
    return readFile(batch.path("report.csv"), "utf8");
  };
  expect(await csvIn(chinese(new Set()))).toBe(await csvIn());
});

test("a translation of the page's texts can have any characters", async (context) => {
  const hostile = "</script><b>'\"&\u2028";
  const translate = (text: string): string => `${hostile}${text}`;
  await using batch = await createBatch({ tag: '"><b>', translate });
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  expect(await page.locator("html").getAttribute("lang")).toBe('"><b>');
  expect(await page.locator("label[for=search]").textContent()).toBe(`${hostile}Search`);
  expect(await page.locator("h1 b, .lead b, table b").count()).toBe(0);
  expect(
    await page.evaluate(() => Object.keys(JSON.parse(document.querySelector("#meta")?.textContent ?? "").texts)),
  ).toEqual(PAGE_TEXTS);
  expect(problems).toEqual([]);
});

test("reasons after the first 2,000 different ones, and long ones, stay as they are", async () => {
  await using temporary = await createTemporaryLedger();
  const rows = Array.from({ length: 2_100 }, (_, index) => [`T${index}`, `R${index}`, "g"]);
  const record = await (await temporary.plan({ "in.csv": csvOf(rows) }, { id: "b1" })).commit();
  await settle(temporary, record, (row) => ({
    outcome: "failed",
    error_message: row === 1 ? "x".repeat(501) : `E${row}`,
  }));
  const asked: string[] = [];
  const translate = (text: string): string => {
    if (/^(?:E\d+|x+)$/.test(text)) asked.push(text);
    return text;
  };
  await temporary.ledger.report("b1", { format: "html", language: { tag: "x", translate }, out: temporary.path("p") });
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked.length).toBeGreaterThan(1_800);
  expect(asked.length).toBeLessThanOrEqual(2_000);
  expect(asked.filter((text) => text.startsWith("x"))).toEqual([]);
});
