import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { cellsOf, createBatch, END, rowCount, settle, usePages } from "./report-page-fixture.ts";
import { createTemporaryLedger, csvOf } from "./temporary-ledger.ts";

const open = usePages();

const accessibilityViolations = async (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const { axe: tool } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await tool.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });

test("the report page shows the result and the next steps without errors and without a request", async (context) => {
  await using batch = await createBatch();
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  expect(await page.title()).toBe("35 associations created, 6 not done · b1");
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("35 associations created, 6 not done");
  const outcomes = page.getByRole("table", { name: "Rows by outcome" });
  expect(
    (await outcomes.getByRole("row").allTextContents()).map((text) => text.trim().replaceAll(/\s+/g, " ")),
  ).toEqual([
    "Outcome Rows Share",
    "created by this batch 35 83.3 %",
    "duplicate same as an earlier row 1 2.4 %",
    "invalid found before sending, or rejected by the API 1 2.4 %",
    "not found ticket or related ticket 3 7.1 %",
    "failed still failing at the end; a retry includes it 2 4.8 %",
    "all rows 42",
  ]);
  const reasons = page.getByRole("table", { name: "Rows not done by reason" });
  expect(await reasons.getByRole("row").nth(1).innerText()).toBe("not found\tno such ticket OSM.01010015\t3\t3");
  const text = await page.locator("main").innerText();
  for (const expected of [
    "42 rows of tickets.csv, on api.example.com. Finished in 1 min, 24 November 2026, 20:01:00 UTC.",
    "46 ms median; 95 % within 78 ms, 99 % within 80 ms",
    "2 of 40 rows sent took more than one request, at most 5",
    "caselink retry b1",
    "caselink report b1 --outcome needs-fix --out fix.csv",
    "caselink run fix.csv",
    "caselink verify b1",
    "caselink undo b1",
  ])
    expect(text).toContain(expected);
  expect(await page.getByRole("img").count()).toBe(2);
  expect(problems).toEqual([]);
});

test("the report page searches, filters and sorts rows", async (context) => {
  await using batch = await createBatch();
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  const search = page.getByLabel("Search");
  expect(await rowCount(page)).toBe(42);
  await search.fill("NO SUCH ticket");
  expect([await rowCount(page), await page.getByRole("status").textContent()]).toEqual([3, "3 of 42 rows"]);
  await search.fill("");
  await page.getByRole("checkbox", { name: "failed" }).check();
  expect(await cellsOf(page, 2)).toEqual(["SR3", "SR4"]);
  await page.getByRole("checkbox", { name: "not found" }).check();
  expect(await cellsOf(page, 2)).toEqual(["SR0", "SR1", "SR2", "SR3", "SR4"]);
  const related = page.getByRole("columnheader", { name: "Related" });
  await related.getByRole("button").click();
  expect([await related.getAttribute("aria-sort"), await cellsOf(page, 3)]).toEqual([
    "ascending",
    ["R96", "R97", "R98", "R99", "R100"],
  ]);
  await related.getByRole("button").click();
  expect([await related.getAttribute("aria-sort"), await cellsOf(page, 3)]).toEqual([
    "descending",
    ["R100", "R99", "R98", "R97", "R96"],
  ]);
  await related.getByRole("button").click();
  expect([await related.getAttribute("aria-sort"), await cellsOf(page, 1)]).toEqual([null, ["2", "3", "4", "5", "6"]]);
  expect(problems).toEqual([]);
});

test("the report page can be used with the keyboard alone", async (context) => {
  await using batch = await createBatch();
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  await page.keyboard.press("/");
  await page.keyboard.type("created");
  expect(await page.getByLabel("Search").inputValue()).toBe("created");
  const grid = page.getByRole("grid");
  while (!(await grid.evaluate((element) => element === document.activeElement))) await page.keyboard.press("Tab");
  const active = () =>
    grid.evaluate(
      (element) => document.getElementById(element.getAttribute("aria-activedescendant") ?? "")?.textContent,
    );
  expect(await active()).toBe("7");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  expect(await active()).toBe("SR6");
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Home");
  expect(await active()).toBe("41");
  expect(
    await page
      .locator(".active")
      .evaluate(
        (cell) =>
          cell.getBoundingClientRect().bottom <= (cell.closest(".scroller")?.getBoundingClientRect().bottom ?? 0),
      ),
  ).toBe(true);
  await page.keyboard.press("Enter");
  const details = page.getByRole("dialog", { name: "Line 41" });
  expect(await details.innerText()).toContain("request_id\nq40");
  await page.keyboard.press("Escape");
  expect([await details.isVisible(), await grid.evaluate((element) => element === document.activeElement)]).toEqual([
    false,
    true,
  ]);
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  expect(await page.getByRole("columnheader", { name: "Line" }).getAttribute("aria-sort")).toBe("descending");
  expect(problems).toEqual([]);
});

test("the report page shows HTML and scripts in values as text and does not run them", async (context) => {
  await using temporary = await createTemporaryLedger();
  const hostile = [
    "</script><script>globalThis.hacked = true</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- <script>",
    '=HYPERLINK("http://example.com")',
    "\u202Eabc\u2066 שלום",
    "a\u2028b\u2029c",
    "x".repeat(20_000),
    '{"a":["</script>"]}',
  ];
  const names = ["</script><script>alert(2)</script>", "constructor", "__proto__"];
  const lines = hostile.map((value, index) =>
    JSON.stringify({
      case_id: `T${index}`,
      related_id: "<b>r</b>",
      group_id: "\"'><i>",
      ...Object.fromEntries(names.map((name) => [name, value])),
    }),
  );
  const name = "<script>alert(3)<script>.jsonl";
  const record = await (await temporary.plan({ [name.replaceAll("/", "")]: lines.join("\n") }, { id: "b1" })).commit();
  await settle(temporary, record, (row) => ({
    outcome: "failed",
    error_message: hostile[row - 1] ?? "",
    error_code: "<b>",
  }));
  await temporary.ledger.finish("b1", END);
  const report = temporary.path("report.html");
  await temporary.ledger.report("b1", { format: "html", out: report });
  await using opened = await open(context, report);
  const { page, problems } = opened;
  expect(await page.locator("tr[data-place]").count()).toBe(hostile.length);
  expect(await page.locator("tr[data-place] td:nth-child(3)").first().textContent()).toBe("<b>r</b>");
  const reasons = await page.locator("tr[data-place] td:nth-child(5)").allTextContents();
  expect(reasons).toEqual(hostile.map((value) => (value.length > 300 ? `${value.slice(0, 300)}…` : value)));
  await page.locator("tr[data-place] td").first().click();
  const details = await page.getByRole("dialog").innerText();
  for (const column of names.slice(0, 2)) expect(details).toContain(`${column}\n${hostile[0]}`);
  await page.keyboard.press("Escape");
  expect(await page.locator("main b, main i, main img, main script").count()).toBe(1);
  expect(await page.locator("main b").textContent()).toBe("b1");
  expect(
    await page.evaluate(() => [document.documentElement.scrollWidth <= innerWidth, "hacked" in globalThis]),
  ).toEqual([true, false]);
  expect(problems).toEqual([]);
});

test("the report page blocks injected scripts and requests", async (context) => {
  await using batch = await createBatch();
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  const outcome = await page.evaluate(async () => {
    const violations: string[] = [];
    const bothReported = new Promise<void>((resolve) => {
      addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        if (violations.push(effectiveDirective) === 2) resolve();
      });
    });
    const script = document.createElement("script");
    script.textContent = "globalThis.hacked = true";
    document.body.append(script);
    const request = await fetch("http://127.0.0.1:9/").then(
      () => "sent",
      () => "blocked",
    );
    await bothReported;
    return { request, isHacked: "hacked" in globalThis, violations: violations.sort() };
  });
  expect(outcome).toEqual({ request: "blocked", isHacked: false, violations: ["connect-src", "script-src-elem"] });
  expect(problems.filter((text) => text.startsWith("request"))).toEqual([]);
});

test.for([{ dark: false }, { dark: true }])("the report page is accessible, dark: $dark", async ({ dark }, context) => {
  await using batch = await createBatch();
  await using opened = await open(context, batch.report, { dark });
  const { page } = opened;
  // The page's policy would block the tool as a script, so it is injected through the debugger.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe.source });
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
    dark ? "rgb(20, 23, 26)" : "rgb(253, 253, 252)",
  );
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.locator("tr[data-place] td").first().click();
  expect(await accessibilityViolations(page)).toEqual([]);
});

test("a printed report page is white, has all rows found and has no controls", async (context) => {
  await using batch = await createBatch();
  await using opened = await open(context, batch.report, { dark: true });
  const { page, problems } = opened;
  await page.setViewportSize({ width: 1280, height: 300 });
  const shown = await page.locator("tr[data-place]").count();
  const printed = await page.evaluate(() => {
    dispatchEvent(new Event("beforeprint"));
    return document.querySelectorAll("tr[data-place]").length;
  });
  expect([shown < 42, printed]).toEqual([true, 42]);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  expect(await page.getByLabel("Search").isVisible()).toBe(false);
  // On an A4 page every column name fits on one line.
  await page.setViewportSize({ width: 690, height: 1000 });
  const heights = await page
    .locator(".scroller th:not(.text) bdi")
    .evaluateAll((names) => names.map((name) => name.getClientRects().length));
  expect(heights).toEqual(Array.from({ length: 8 }, () => 1));
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
    "rgb(255, 255, 255)",
  );
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await page.emulateMedia({ media: "screen" });
  await expect.poll(() => page.locator("tr[data-place]").count()).toBeLessThan(42);
  await page.evaluate(() =>
    addEventListener("beforeprint", () =>
      document.body.setAttribute("data-printed", String(document.querySelectorAll("tr[data-place]").length)),
    ),
  );
  expect((await page.pdf()).subarray(0, 5).toString()).toBe("%PDF-");
  expect(await page.locator("body").getAttribute("data-printed")).toBe("42");
  expect(problems).toEqual([]);
});

test("the report page shows the progress of an unfinished batch, and which outcomes it was limited to", async (context) => {
  await using temporary = await createTemporaryLedger();
  const content = csvOf([
    ["A", "r1", "g"],
    ["B", "r1", "g"],
    ["", "r1", "g"],
  ]);
  const record = await (await temporary.plan({ "in.csv": content }, { id: "b1" })).commit();
  await settle(temporary, record, (row) => (row === 1 ? {} : { outcome: undefined as never }));
  const report = temporary.path("report.html");
  await temporary.ledger.report("b1", { format: "html", out: report });
  await using opened = await open(context, report);
  expect(await opened.page.getByRole("heading", { level: 1 }).textContent()).toBe(
    "1 association created so far, 1 row to go",
  );
  expect(await opened.page.locator("main").innerText()).toContain("caselink attach b1");
  await opened.page.getByRole("checkbox", { name: "waiting" }).check();
  expect(await cellsOf(opened.page, 2)).toEqual(["B"]);

  expect(await temporary.ledger.report("b1", { format: "html", out: report, outcomes: ["created"] })).toEqual({
    rows: 1,
  });
  await opened.page.reload();
  expect(await rowCount(opened.page)).toBe(1);
  expect(await opened.page.locator("main").innerText()).toContain("Only rows with the outcome created");
  expect(opened.problems).toEqual([]);
});

test("a report page with 100,000 rows keeps only the visible rows in the document", async (context) => {
  await using temporary = await createTemporaryLedger();
  const tickets = Array.from({ length: 100_500 }, (_, index) => [`SR${index}`, `R${index}`, "g"]);
  const record = await (await temporary.plan({ "in.csv": csvOf(tickets) }, { id: "b1" })).commit();
  await settle(temporary, record, (row) =>
    row > 100_400 ? { outcome: "not_found", error_message: "no such ticket" } : {},
  );
  await temporary.ledger.finish("b1", END);
  await temporary.ledger.report("b1", { format: "csv", out: join(temporary.folder, "ledger/batches/b1/report.csv") });
  const report = temporary.path("report.html");
  expect((await temporary.ledger.report("b1", { format: "html", out: report })).rows).toBe(100_000);
  await using opened = await open(context, report);
  const { page, problems } = opened;
  const note = "This page has 100,000 of 100,500 rows, those that are not done first; all rows are in";
  expect(await page.locator("main").innerText()).toContain(
    `${note} ${join(temporary.folder, "ledger/batches/b1/report.csv")}`,
  );
  expect([await rowCount(page), await cellsOf(page, 2)]).toEqual([
    100_000,
    ["SR100400", "SR100401", "SR100402", "SR100403", "SR100404"],
  ]);

  await page.evaluate(() => {
    const counted = globalThis as unknown as { added: number };
    counted.added = 0;
    new MutationObserver((records) => {
      for (const { addedNodes } of records) counted.added += addedNodes.length;
    }).observe(document.body, { childList: true, subtree: true });
  });
  const added = () => page.evaluate(() => (globalThis as unknown as { added: number }).added);
  await page.getByLabel("Search").fill("SR9876");
  expect(await rowCount(page)).toBe(11);
  await page.getByLabel("Search").fill("");
  await page.getByRole("checkbox", { name: "created" }).check();
  expect(await rowCount(page)).toBe(99_900);
  await page.getByRole("columnheader", { name: "Ticket" }).getByRole("button").click();
  await page.getByRole("columnheader", { name: "Ticket" }).getByRole("button").click();
  expect((await cellsOf(page, 2))[0]).toBe("SR99899");
  await page.getByRole("grid").focus();
  await page.keyboard.press("Control+End");
  await expect.poll(() => page.locator("tr[data-place='99899']").count()).toBe(1);
  expect(await page.locator("tr[data-place]").count()).toBeLessThan(60);
  // Seven views of about 40 rows each: the number of added nodes does not depend on the number of rows.
  expect(await added()).toBeLessThan(2_000);
  expect(problems).toEqual([]);
});
