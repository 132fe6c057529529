import { readFile } from "node:fs/promises";
import { strToU8, zipSync } from "fflate";
import type { PlanRequest } from "../src/index.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

/** A cell: a text, a number, or its XML after the reference, such as ` t="e"><v>#N/A</v>`. */
export type TestCell = string | number | { xml: string } | undefined;

export interface TestSheet {
  rows: readonly (readonly TestCell[])[];
  /** Attributes of rows by their number. */
  rowAttributes?: Record<number, string>;
  merged?: readonly string[];
  /** The element `sheetFormatPr`. */
  sheetFormat?: string;
  /** Format codes. Cells refer to them by `s`, from 1. */
  formats?: readonly string[];
  is1904?: boolean;
}

const NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';

/**
 * Returns a workbook as spreadsheets write it: with shared strings, styles, and a hidden sheet before the visible one.
 */
export function workbookParts(sheet: TestSheet): Record<string, string> {
  const strings: string[] = [];
  const { rows, rowAttributes = {}, merged = [], formats = [], sheetFormat = "" } = sheet;
  const cellXml = (cell: TestCell, reference: string): string => {
    if (cell === undefined) return "";
    if (typeof cell === "object") return `<c r="${reference}"${cell.xml}</c>`;
    if (typeof cell === "number") return `<c r="${reference}"><v>${cell}</v></c>`;
    strings.push(cell);
    return `<c r="${reference}" t="s"><v>${strings.length - 1}</v></c>`;
  };
  const rowXml = rows.map((cells, index) => {
    const line = index + 1;
    const inner = cells.map((cell, column) => cellXml(cell, `${String.fromCharCode(65 + column)}${line}`)).join("");
    return inner === "" ? "" : `<row r="${line}"${rowAttributes[line] ?? ""}>${inner}</row>`;
  });
  const mergedXml = merged.map((range) => `<mergeCell ref="${range}"/>`).join("");
  const codes = formats.map((code, index) => `<numFmt numFmtId="${200 + index}" formatCode="${escapeXml(code)}"/>`);
  const styles = formats.map((_, index) => `<xf numFmtId="${200 + index}"/>`);
  return {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": `<Relationships ${PACKAGE}><Relationship Id="r1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<workbook ${NAMESPACE} xmlns:r="${OFFICE}"><workbookPr${sheet.is1904 ? ' date1904="1"' : ""}/><sheets><sheet name="old" sheetId="1" state="hidden" r:id="r1"/><sheet name="tickets" sheetId="2" r:id="r2"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships ${PACKAGE}><Relationship Id="r1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="${OFFICE}/worksheet" Target="/xl/worksheets/sheet2.xml"/><Relationship Id="r3" Type="${OFFICE}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r4" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    "xl/worksheets/sheet1.xml": `<worksheet ${NAMESPACE}><sheetData/></worksheet>`,
    "xl/worksheets/sheet2.xml": `<?xml version="1.0" encoding="UTF-8"?><worksheet ${NAMESPACE}>${sheetFormat}<sheetData>${rowXml.join("")}</sheetData><mergeCells>${mergedXml}</mergeCells></worksheet>`,
    "xl/sharedStrings.xml": `<sst ${NAMESPACE}>${strings.map((text) => `<si><t xml:space="preserve">${escapeXml(text)}</t></si>`).join("")}</sst>`,
    "xl/styles.xml": `<styleSheet ${NAMESPACE}><numFmts>${codes.join("")}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${styles.join("")}</cellXfs></styleSheet>`,
  };
}

export function workbook(sheet: TestSheet): Buffer {
  return zipParts(workbookParts(sheet));
}

/** @param level 0: parts are stored as they are */
export function zipParts(parts: Record<string, string>, level: 0 | 6 = 6): Buffer {
  const files = Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)]));
  return Buffer.from(zipSync(files, { level, mtime: "2026-01-01" }));
}

/** Returns line, ticket and related ticket of the rows to send, and the errors: line, column, value, reason. */
export async function planWorkbook(content: Buffer, request: Partial<PlanRequest> = {}, sheet?: string) {
  await using temporary = await createTemporaryLedger();
  const path = await temporary.write("in.xlsx", content);
  const inputs = [{ path, ...(sheet !== undefined && { sheet }) }];
  const planned = await temporary.plan({}, { ...request, inputs });
  const { id } = await planned.commit();
  const report = temporary.path("report.jsonl");
  await temporary.ledger.report(id, { format: "jsonl", out: report });
  const rows = (await readFile(report, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
  return {
    sent: rows.filter((row) => row["outcome"] === null).map((row) => [row["line"], row["case_id"], row["related_id"]]),
    errors: planned.errors.map(({ line, column, value, reason }) => [line, column, value, reason]),
    rows,
  };
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
