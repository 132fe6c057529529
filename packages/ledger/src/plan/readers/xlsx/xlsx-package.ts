import type { Readable } from "node:stream";
import { openPromise, type Entry, type ZipFile } from "yauzl";
import { SAVE_AGAIN, XlsxError } from "./xlsx-error.ts";

/** The most parts of a workbook. */
const MOST_PARTS = 20_000;
/** Unpacked sizes of a part up to this are allowed at any ratio. */
const USUAL_SIZE = 2 ** 27;
/** Above {@link USUAL_SIZE}, a higher ratio of unpacked to packed bytes is an attempt to fill the memory. */
const GREATEST_RATIO = 200;

/** The ZIP archive of a spreadsheet. */
export interface XlsxPackage {
  has(part: string): boolean;
  /** Opens a part. Throws {@link XlsxError} if it is missing, encrypted or far too large. */
  open(part: string): Promise<Readable>;
  close(): void;
}

export async function openXlsxPackage(path: string): Promise<XlsxPackage> {
  const archive: ZipFile = await openPromise(path, { autoClose: false });
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of archive.eachEntry()) {
      if (entries.size === MOST_PARTS) throw new XlsxError("has too many parts for a spreadsheet", SAVE_AGAIN);
      entries.set(partName(entry.fileName), entry);
    }
    assertXlsx(entries);
    return {
      has: (part) => entries.has(partName(part)),
      async open(part) {
        const entry = entries.get(partName(part));
        if (!entry) throw new XlsxError(`lacks its part ${part}`, SAVE_AGAIN);
        if (entry.isEncrypted()) throw new XlsxError("is protected by a password", "Save it without one.");
        const { compressedSize, uncompressedSize } = entry;
        if (uncompressedSize > Math.max(USUAL_SIZE, compressedSize * GREATEST_RATIO)) {
          throw new XlsxError("unpacks to far more than any sheet", "Save it as CSV UTF-8.");
        }
        return archive.openReadStreamPromise(entry);
      },
      close: () => archive.close(),
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}

/** Returns the form in which names of parts are compared: in lower case, without a leading `/`. */
function partName(name: string): string {
  return name.replace(/^\//, "").toLowerCase();
}

function assertXlsx(entries: ReadonlyMap<string, Entry>): void {
  if (entries.has("xl/workbook.xml") || entries.has("_rels/.rels")) {
    if (!entries.has("xl/workbook.bin")) return;
    throw new XlsxError("is a binary spreadsheet (XLSB)", "Save it as XLSX or CSV UTF-8.");
  }
  if (entries.has("mimetype") && entries.has("content.xml")) {
    throw new XlsxError("is an OpenDocument spreadsheet (ODS)", "Save it as XLSX or CSV UTF-8.");
  }
  throw new XlsxError("is a ZIP archive, not a spreadsheet", "Unpack it and name the files in it.");
}
