import { posix } from "node:path";
import { visibleText } from "../../../visible-text.ts";
import type { NumberFormat } from "./number-format.ts";
import { attribute, isTrue, parsePart } from "./parse-xml.ts";
import { readFormats } from "./read-formats.ts";
import { readSharedStrings, type SharedStrings } from "./shared-strings.ts";
import { SAVE_AGAIN, XlsxError } from "./xlsx-error.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

/** The parts of a workbook that are needed to read one of its sheets. */
export interface Workbook {
  sheetPart: string;
  /** Days count from 1904, as on old Macs. */
  is1904: boolean;
  sharedStrings: SharedStrings;
  /** By the style number of the cells. */
  formats: NumberFormat[];
  /** The names of the other visible sheets, as messages show them. */
  otherSheets: string[];
}

interface Sheet {
  name: string;
  isHidden: boolean;
  /** Absent for a sheet without cells, such as a chart. */
  part?: string | undefined;
}

const MOST_SHEETS = 1000;
/** Names in a message. */
const MOST_SHOWN = 30;

/**
 * Reads what is needed to read a sheet: the one of this name, which may be hidden, or the first visible one. Throws
 * {@link XlsxError} if there is none.
 */
export async function readWorkbook(archive: XlsxPackage, sheetName?: string): Promise<Workbook> {
  const root = await relationsOf(archive, "");
  const workbookPart = root.find(({ type }) => type === "officeDocument")?.target ?? "xl/workbook.xml";
  const found: { id: string; name: string; isHidden: boolean }[] = [];
  let is1904 = false;
  await parsePart(archive, workbookPart, {
    open(name, attributes) {
      if (name === "workbookPr") is1904 = isTrue(attributes["date1904"]);
      if (name !== "sheet" || found.length === MOST_SHEETS) return;
      const isHidden = (attributes["state"] ?? "visible") !== "visible";
      found.push({ id: attribute(attributes, "id") ?? "", name: attributes["name"] ?? "", isHidden });
    },
  });
  const relations = await relationsOf(archive, workbookPart);
  const parts = new Map(relations.filter(({ type }) => type === "worksheet").map(({ id, target }) => [id, target]));
  const sheets = found.map(({ id, name, isHidden }): Sheet => ({ name, isHidden, part: parts.get(id) }));
  const sheetPart = pickSheet(sheets, sheetName);
  const stringsPart = relations.find(({ type }) => type === "sharedStrings")?.target;
  const stylesPart = relations.find(({ type }) => type === "styles")?.target;
  return {
    sheetPart,
    is1904,
    sharedStrings: await readSharedStrings(archive, stringsPart),
    formats: stylesPart === undefined ? [] : await readFormats(archive, stylesPart),
    otherSheets: namesOf(sheets.filter(({ isHidden, part }) => !isHidden && part !== sheetPart)),
  };
}

/** Returns the part of the sheet to read. Names of sheets differ in more than case. */
function pickSheet(sheets: readonly Sheet[], name: string | undefined): string {
  if (name === undefined) {
    const first = sheets.find(({ isHidden, part }) => !isHidden && part !== undefined)?.part;
    if (first !== undefined) return first;
    throw new XlsxError("has no sheet that is not hidden", `${SAVE_AGAIN} Or name a hidden sheet with --sheet.`);
  }
  const wanted = comparable(name);
  const named =
    sheets.find((sheet) => sheet.name === name) ?? sheets.find((sheet) => comparable(sheet.name) === wanted);
  const shown = `"${visibleText(name)}"`;
  if (named?.part !== undefined) return named.part;
  const what =
    named === undefined ? `has no sheet ${shown}` : `has no cells in its sheet ${shown}, which is no worksheet`;
  throw new XlsxError(`${what}. Its sheets: ${namesOf(sheets).join(", ") || "none"}`, "Name one of them with --sheet.");
}

/** Returns the names of the sheets with cells, for messages. */
function namesOf(sheets: readonly Sheet[]): string[] {
  const list = sheets
    .filter(({ part }) => part !== undefined)
    .map((sheet) => `"${visibleText(sheet.name)}"${sheet.isHidden ? " (hidden)" : ""}`);
  if (list.length > MOST_SHOWN) list.splice(MOST_SHOWN, list.length, `and ${list.length - MOST_SHOWN} more`);
  return list;
}

function comparable(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}

interface Relation {
  id: string;
  /** The last part of its URI. */
  type: string;
  /** The name of the part. */
  target: string;
}

async function relationsOf(archive: XlsxPackage, part: string): Promise<Relation[]> {
  const folder = posix.dirname(part);
  const relationsPart = posix.join(folder, "_rels", `${posix.basename(part)}.rels`);
  const relations: Relation[] = [];
  if (!archive.has(relationsPart)) return relations;
  await parsePart(archive, relationsPart, {
    open(name, { Id: id = "", Type: type = "", Target: target = "" }) {
      if (name !== "Relationship" || relations.length > 10_000) return;
      const resolved = target.startsWith("/") ? target.slice(1) : posix.join(folder, target);
      relations.push({ id, type: type.slice(type.lastIndexOf("/") + 1), target: resolved });
    },
  });
  return relations;
}
