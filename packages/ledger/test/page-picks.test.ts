import { expect, test } from "vitest";
import { cellsOf, createBatch, END, rowCount, usePages } from "./report-page-fixture.ts";
import { createTemporaryLedger, csvOf } from "./temporary-ledger.ts";

const open = usePages();

test("the report page shows rows that are not done first, and a click in the overview selects its rows", async (context) => {
  await using batch = await createBatch();
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  const status = page.getByRole("status");
  const chosen = async () => [await rowCount(page), await status.textContent(), (await cellsOf(page, 2)).slice(0, 3)];
  const order = async () => (await page.locator("tr[data-place] td:nth-child(1)").allTextContents()).slice(0, 8);
  expect([await order(), await status.textContent()]).toEqual([
    ["2", "3", "4", "5", "6", "43", "7", "8"],
    "42 rows, not done first",
  ]);
  const all = page.getByRole("button", { name: "Show all rows" });
  expect(await all.isVisible()).toBe(false);

  await page.locator(".share-bar rect[data-outcome=failed]").click();
  expect(await chosen()).toEqual([2, "2 of 42 rows", ["SR3", "SR4"]]);
  expect(await page.getByRole("checkbox", { name: "failed" }).isChecked()).toBe(true);
  await page.getByRole("table", { name: "Rows by outcome" }).getByText("not found").click();
  expect(await chosen()).toEqual([3, "3 of 42 rows", ["SR0", "SR1", "SR2"]]);
  await page.getByRole("link", { name: "duplicate" }).press("Enter");
  expect(await chosen()).toEqual([1, "1 of 42 rows", ["SR0"]]);
  expect(await page.getByRole("grid").evaluate((grid) => grid === document.activeElement)).toBe(true);

  const reasons = page.getByRole("table", { name: "Rows not done by reason" });
  await reasons.getByText("case_id: missing").click();
  expect([await chosen(), await page.locator(".chosen").textContent()]).toEqual([
    [1, "1 of 42 rows", [""]],
    "Only: case_id: missing",
  ]);
  await all.click();
  expect([await rowCount(page), await all.isVisible(), await page.locator(".chosen").isVisible()]).toEqual([
    42,
    false,
    false,
  ]);
  expect(problems).toEqual([]);
});

test("on a narrow screen the report page shows outcome and reason without horizontal scrolling", async (context) => {
  await using batch = await createBatch();
  await using opened = await open(context, batch.report);
  const { page, problems } = opened;
  await page.setViewportSize({ width: 390, height: 844 });
  const first = page.locator("tr[data-place]").first();
  await expect
    .poll(() => first.locator("td").allTextContents())
    .toEqual(["SR0", "R100", "not found", "2", "no such ticket"]);
  const right = (selector: string) =>
    page.locator(selector).evaluateAll((found) => Math.max(...found.map((cell) => cell.getBoundingClientRect().right)));
  expect(await right("tr[data-place] td")).toBeLessThanOrEqual(390);
  expect(await right(".reasons td")).toBeLessThanOrEqual(390);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await page.getByRole("columnheader", { name: "Line" }).getByRole("button").click();
  await page.getByRole("columnheader", { name: "Line" }).getByRole("button").click();
  expect(await first.locator("td").nth(3).textContent()).toBe("43");
  await page.setViewportSize({ width: 1280, height: 900 });
  await expect.poll(() => first.locator("td").first().textContent()).toBe("43");
  expect(await page.getByRole("columnheader", { name: "Line" }).getAttribute("aria-sort")).toBe("descending");
  expect(problems).toEqual([]);
});

test("the report page names columns as the CSV does and hides an empty code column", async (context) => {
  await using temporary = await createTemporaryLedger();
  const content = csvOf(
    [
      ["A", "r1", "g", "open", "7"],
      ["", "r1", "g", "shut", "8"],
    ],
    ["case_id", "related_id", "group_id", "outcome", "line"],
  );
  await (await temporary.plan({ "in.csv": content }, { id: "b1" })).commit();
  await temporary.ledger.finish("b1", END);
  const report = temporary.path("report.html");
  await temporary.ledger.report("b1", { format: "html", out: report });
  await using opened = await open(context, report);
  const heads = await opened.page.getByRole("grid").getByRole("columnheader").allTextContents();
  const own = ["Line", "Ticket", "Related", "Outcome", "Reason", "Requests", "Settled (UTC)", "Group"];
  expect(heads).toEqual([...own, "input_outcome", "input_line"]);
  await opened.page.locator("tr[data-place] td").first().click();
  expect(await opened.page.getByRole("dialog").innerText()).toContain("input_outcome\n");
  expect(opened.problems).toEqual([]);
});
