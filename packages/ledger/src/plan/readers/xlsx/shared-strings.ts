import { createTextReader } from "./cell-string.ts";
import { parsePart } from "./parse-xml.ts";
import { XlsxError } from "./xlsx-error.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

/** The texts of a workbook, to which cells refer by their number. */
export interface SharedStrings {
  /** Returns undefined if there is no text of this number. */
  get(index: number): string | undefined;
}

/** Characters of all shared strings together. More must not fill the memory. */
const MOST_CHARACTERS = 1e8;
/** Texts of a page. */
const PAGE = 1024;

/** Some texts one after the other, as UTF-8: a million short texts need far less memory than as strings. */
interface Page {
  bytes: Buffer;
  /** The end of each text in the bytes. */
  ends: Uint32Array;
}

/** @param part absent if the workbook has no such texts */
export async function readSharedStrings(archive: XlsxPackage, part: string | undefined): Promise<SharedStrings> {
  const pages: Page[] = [];
  let open: string[] = [];
  if (part !== undefined) {
    const reader = createTextReader();
    let characters = 0;
    await parsePart(archive, part, {
      open: (name) => reader.open(name),
      text: (piece) => reader.text(piece),
      close(name) {
        reader.close(name);
        if (name !== "si") return;
        const text = reader.take();
        // An empty text also needs memory.
        characters += text.length + 10;
        if (characters > MOST_CHARACTERS)
          throw new XlsxError("has too much text to be read as a spreadsheet", "Save it as CSV UTF-8.");
        open.push(text);
        if (open.length < PAGE) return;
        pages.push(packPage(open));
        open = [];
      },
    });
    pages.push(packPage(open));
  }
  return {
    get(index) {
      const page = pages[Math.floor(index / PAGE)];
      const at = index % PAGE;
      const end = page?.ends[at];
      return end === undefined ? undefined : page?.bytes.toString("utf8", at === 0 ? 0 : page.ends[at - 1], end);
    },
  };
}

function packPage(texts: readonly string[]): Page {
  let end = 0;
  const ends = Uint32Array.from(texts, (text) => (end += Buffer.byteLength(text)));
  // Buffers of the shared pool would keep unused bytes between them.
  const bytes = Buffer.allocUnsafeSlow(end);
  bytes.write(texts.join(""));
  return { bytes, ends };
}
