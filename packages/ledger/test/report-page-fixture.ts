import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, type TestContext } from "vitest";
import { findChromium, NO_CHROMIUM } from "../../../test/find-chromium.ts";
import { chunkIds, type BatchRecord, type ReportLanguage, type RowResult } from "../src/index.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

const STARTED_MS = Date.parse("2026-11-24T20:00:00.000Z");

function at(ms: number): string {
  return new Date(STARTED_MS + ms).toISOString();
}

export const END = { state: "completed", started_at: at(0), finished_at: at(60_000) } as const;

/** Writes results for all rows of a batch; `resultOf` gets the row number. */
export async function settle(
  { ledger }: TemporaryLedger,
  record: BatchRecord,
  resultOf: (row: number) => Partial<RowResult>,
) {
  for (const chunkId of chunkIds(record)) {
    const tickets = await ledger.readChunk(record.id, chunkId);
    const results = tickets.flatMap(({ rows }) =>
      rows.map(({ row }): RowResult => ({
        row,
        attempts: 1,
        outcome: "created",
        settled_at: at(row * 10),
        ...resultOf(row),
      })),
    );
    await ledger.writeResults(record.id, chunkId, results);
  }
}

/** 40 tickets of one row each, a duplicate and an invalid row. 3 tickets are not found, 2 failed after 5 requests. */
export async function createBatch(language?: ReportLanguage): Promise<TemporaryLedger & { report: string }> {
  const temporary = await createTemporaryLedger();
  const rows = Array.from({ length: 40 }, (_, index) => [`SR${index}`, `R${100 - index}`, "g"]);
  const content = csvOf([...rows, ["SR0", "R100", "g"], ["", "R1", "g"]]);
  const record = await (
    await temporary.plan({ "tickets.csv": content }, { id: "b1", now: () => new Date(STARTED_MS) })
  ).commit();
  await settle(temporary, record, (row) => {
    if (row <= 3)
      return { outcome: "not_found", error_code: "OSM.01010015", error_message: "no such ticket", http_status: 200 };
    if (row <= 5) return { outcome: "failed", error_message: "HTTP 503", attempts: 5 };
    return { elapsed_ms: row * 2, request_id: `q${row}`, settled_at: at(row * 1000) };
  });
  await temporary.ledger.finish("b1", END);
  const report = temporary.path("report.html");
  await temporary.ledger.report("b1", { format: "html", language, out: report });
  return Object.assign(temporary, { report });
}

export interface OpenPage extends AsyncDisposable {
  page: Page;
  /** Console messages, errors, dialogs and requests for anything but the page itself. */
  problems: string[];
}

/** Opens a report from the disk. */
async function openPage(browser: Browser, path: string, options: { dark?: boolean } = {}): Promise<OpenPage> {
  const browserContext = await browser.newContext({
    colorScheme: options.dark ? "dark" : "light",
    viewport: { width: 1280, height: 900 },
  });
  const page = await browserContext.newPage();
  const problems: string[] = [];
  const address = pathToFileURL(path).href;
  page.on("console", (message) => problems.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== address) problems.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  return { page, problems, [Symbol.asyncDispose]: () => browserContext.close() };
}

/** A browser for all tests of a file. If there is none, each test is skipped, and the reason is printed. */
export function usePages(): (context: TestContext, path: string, options?: { dark?: boolean }) => Promise<OpenPage> {
  let browser: Browser | undefined;

  beforeAll(async () => {
    const options = await findChromium();
    if (options === undefined) console.log(`skipped: ${NO_CHROMIUM}`);
    else browser = await chromium.launch(options);
  }, 60_000);

  afterAll(() => browser?.close());

  return async (context, path, options) => (browser ? openPage(browser, path, options) : context.skip(NO_CHROMIUM));
}

/** The texts of the first five cells of a column. */
export const cellsOf = async (page: Page, column: number): Promise<string[]> =>
  (await page.locator(`tr[data-place] td:nth-child(${column})`).allTextContents()).slice(0, 5);
/** The number of rows found. */
export const rowCount = async (page: Page): Promise<number> =>
  Number(await page.getByRole("grid").getAttribute("aria-rowcount")) - 1;
