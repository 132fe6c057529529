import { builtInFormat, parseNumberFormat, type NumberFormat } from "./number-format.ts";
import { parsePart } from "./parse-xml.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

const MOST_FORMATS = 100_000;

/** Reads the formats of cells, by their style number. */
export async function readFormats(archive: XlsxPackage, part: string): Promise<NumberFormat[]> {
  const codes = new Map<number, string>();
  const ids: number[] = [];
  let list = "";
  await parsePart(archive, part, {
    open(name, attributes) {
      // Other lists have formats, too: those of named styles and of conditional formats.
      if (name === "numFmts" || name === "cellXfs") list = name;
      const id = Number(attributes["numFmtId"] ?? 0);
      if (name === "numFmt" && list === "numFmts" && codes.size < MOST_FORMATS) {
        codes.set(id, attributes["formatCode"] ?? "");
      }
      if (name === "xf" && list === "cellXfs" && ids.length < MOST_FORMATS) ids.push(id);
    },
    close(name) {
      if (name === list) list = "";
    },
  });
  const formats = new Map<number, NumberFormat>();
  return ids.map((id) => {
    const code = codes.get(id);
    const format = formats.get(id) ?? (code === undefined ? builtInFormat(id) : parseNumberFormat(code));
    formats.set(id, format);
    return format;
  });
}
