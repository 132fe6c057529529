import { posix } from "node:path";
import { builtInFormat, parseNumberFormat, type NumberFormat } from "./number-format.ts";
import { attribute, isTrue, parseXml, type XmlHandlers } from "./parse-xml.ts";
import { SAVE_AGAIN, XlsxError } from "./xlsx-error.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

/** The parts of a workbook that are needed to read its first visible sheet. */
export interface Workbook {
  sheetPart: string;
  /** Days count from 1904, as on old Macs. */
  is1904: boolean;
  sharedStrings: string[];
  /** By the style number of the cells. */
  formats: NumberFormat[];
}

/** Characters of all shared strings together. More must not fill the memory. */
const MOST_CHARACTERS = 1e8;
const MOST_FORMATS = 100_000;

export async function readWorkbook(archive: XlsxPackage): Promise<Workbook> {
  const root = await relationsOf(archive, "");
  const workbookPart = root.find(({ type }) => type === "officeDocument")?.target ?? "xl/workbook.xml";
  const sheets: { id: string; isHidden: boolean }[] = [];
  let is1904 = false;
  await parsePart(archive, workbookPart, {
    open(name, attributes) {
      if (name === "workbookPr") is1904 = isTrue(attributes["date1904"]);
      if (name !== "sheet" || sheets.length > 1000) return;
      const isHidden = (attributes["state"] ?? "visible") !== "visible";
      sheets.push({ id: attribute(attributes, "id") ?? "", isHidden });
    },
  });
  const relations = await relationsOf(archive, workbookPart);
  const sheetParts = new Map(
    relations.filter(({ type }) => type === "worksheet").map(({ id, target }) => [id, target]),
  );
  // Chart sheets have no rows.
  const first = sheets.find(({ id, isHidden }) => !isHidden && sheetParts.has(id));
  const sheetPart = first && sheetParts.get(first.id);
  if (sheetPart === undefined) throw new XlsxError("has no sheet that is not hidden", SAVE_AGAIN);
  const stringsPart = relations.find(({ type }) => type === "sharedStrings")?.target;
  const stylesPart = relations.find(({ type }) => type === "styles")?.target;
  return {
    sheetPart,
    is1904,
    sharedStrings: stringsPart === undefined ? [] : await readSharedStrings(archive, stringsPart),
    formats: stylesPart === undefined ? [] : await readFormats(archive, stylesPart),
  };
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

async function readSharedStrings(archive: XlsxPackage, part: string): Promise<string[]> {
  const strings: string[] = [];
  const reader = createTextReader();
  let characters = 0;
  await parsePart(archive, part, {
    open: (name) => reader.open(name),
    text: (piece) => reader.text(piece),
    close(name) {
      reader.close(name);
      if (name !== "si") return;
      const text = reader.take();
      // An empty string also needs memory.
      characters += text.length + 10;
      if (characters > MOST_CHARACTERS)
        throw new XlsxError("has too much text to be read as a spreadsheet", "Save it as CSV UTF-8.");
      strings.push(text);
    },
  });
  return strings;
}

/** Collects the text of a string from its formatted parts, without the phonetic guides of Japanese. */
export function createTextReader() {
  let text = "";
  let isText = false;
  let aids = 0;
  return {
    open(name: string): void {
      if (name === "rPh") aids++;
      isText = name === "t" && aids === 0;
    },
    text(piece: string): void {
      if (isText) text += piece;
    },
    close(name: string): void {
      if (name === "rPh") aids--;
      isText = false;
    },
    take(): string {
      // Characters that XML cannot hold are written as _x0007_.
      const taken = text.replace(/_x([0-9a-f]{4})_/giu, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      );
      text = "";
      return taken.toWellFormed();
    },
  };
}

async function readFormats(archive: XlsxPackage, part: string): Promise<NumberFormat[]> {
  const codes = new Map<number, NumberFormat>();
  const formats: NumberFormat[] = [];
  let isInCellFormats = false;
  await parsePart(archive, part, {
    open(name, attributes) {
      const id = Number(attributes["numFmtId"] ?? 0);
      if (name === "numFmt" && codes.size < MOST_FORMATS)
        codes.set(id, parseNumberFormat(attributes["formatCode"] ?? ""));
      if (name === "cellXfs") isInCellFormats = true;
      if (name === "xf" && isInCellFormats && formats.length < MOST_FORMATS)
        formats.push(codes.get(id) ?? builtInFormat(id));
    },
    close(name) {
      if (name === "cellXfs") isInCellFormats = false;
    },
  });
  return formats;
}

async function parsePart(archive: XlsxPackage, part: string, handlers: XmlHandlers): Promise<void> {
  for await (const _ of parseXml(await archive.open(part), handlers));
}
