import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { strToU8, Zip, ZipDeflate } from "fflate";

/** Bytes of text that are written together. */
const PIECE = 1 << 20;

/**
 * Writes a CSV file with 0.4 tickets per row, with the rows of a ticket far apart. Each line has 38 bytes.
 *
 * @param isFaulty every ticket's id has a letter that no id may have
 */
export async function writeCsv(path: string, rows: number, isFaulty = false): Promise<void> {
  const out = createWriteStream(path);
  const tail = isFaulty ? "\u00a0x" : "";
  let text = "case_id,related_id,group_id\n";
  for (const [ticket, related, group] of idsOf(rows)) {
    text += `${ticket}${tail},${related},${group}\n`;
    if (text.length < PIECE) continue;
    if (!out.write(text)) await once(out, "drain");
    text = "";
  }
  out.end(text);
  await once(out, "finish");
}

/** Writes the same rows as a spreadsheet, with a shared string for each different text, as spreadsheet programs do. */
export async function writeXlsx(path: string, rows: number): Promise<void> {
  const out = createWriteStream(path);
  const archive = new Zip((error, data, isLast) => {
    if (error) throw error;
    out.write(data);
    if (isLast) out.end();
  });
  const strings = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = strings.get(text) ?? strings.size;
    strings.set(text, known);
    return known;
  };
  const part = (name: string, pieces: Iterable<string>): void => {
    const file = new ZipDeflate(name, { level: 1 });
    archive.add(file);
    for (const piece of pieces) file.push(strToU8(piece));
    file.push(new Uint8Array(), true);
  };
  const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const relations = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  part("[Content_Types].xml", ["<Types/>"]);
  part("_rels/.rels", [
    `<Relationships ${relations}><Relationship Id="r1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ]);
  part("xl/workbook.xml", [
    `<workbook ${main} xmlns:r="${office}"><sheets><sheet name="tickets" sheetId="1" r:id="r1"/></sheets></workbook>`,
  ]);
  part("xl/_rels/workbook.xml.rels", [
    `<Relationships ${relations}><Relationship Id="r1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="${office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
  ]);
  part("xl/worksheets/sheet1.xml", [
    `<worksheet ${main}><sheetData>`,
    ...sheetRows(rows, numberOf),
    "</sheetData></worksheet>",
  ]);
  part("xl/sharedStrings.xml", [
    `<sst ${main}>`,
    ...inPieces([...strings.keys()].map((text) => `<si><t>${text}</t></si>`)),
    "</sst>",
  ]);
  archive.end();
  await once(out, "finish");
}

function* sheetRows(rows: number, numberOf: (text: string) => number): Generator<string> {
  const rowOf = (cells: readonly string[], line: number): string =>
    `<row r="${line}">${cells.map((text, at) => `<c r="${"ABC"[at]}${line}" t="s"><v>${numberOf(text)}</v></c>`).join("")}</row>`;
  yield rowOf(["case_id", "related_id", "group_id"], 1);
  let line = 2;
  let text = "";
  for (const ids of idsOf(rows)) {
    text += rowOf(ids, line++);
    if (text.length < PIECE) continue;
    yield text;
    text = "";
  }
  yield text;
}

function* inPieces(texts: readonly string[]): Generator<string> {
  for (let at = 0; at < texts.length; at += 10_000) yield texts.slice(at, at + 10_000).join("");
}

function* idsOf(rows: number): Generator<[ticket: string, related: string, group: string]> {
  const tickets = Math.floor(rows * 0.4);
  const stride = coprimeOf(tickets, Math.floor(tickets * 0.618));
  for (let row = 0; row < rows; row++) {
    const ticket = (row * stride) % tickets;
    yield [`CS${digits(ticket)}`, `CR${digits(row)}`, `grp-${digits(ticket % 50)}`];
  }
}

function digits(value: number): string {
  return String(value).padStart(9, "0");
}

function coprimeOf(value: number, first: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let found = Math.max(1, first);
  while (divisor(found, value) !== 1) found++;
  return found;
}
