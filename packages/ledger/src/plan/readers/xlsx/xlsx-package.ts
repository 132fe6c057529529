import { crc32 } from "node:zlib";
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
  /**
   * Opens a part. Throws {@link XlsxError} if it is missing, encrypted or far too large; after its last byte if its
   * checksum shows that it is damaged. Its bytes must therefore be read to the end before they count.
   */
  open(part: string): Promise<AsyncIterable<Buffer>>;
  close(): void;
}

export async function openXlsxPackage(path: string): Promise<XlsxPackage> {
  const archive: ZipFile = await openPromise(path, { autoClose: false });
  try {
    const entries = new Map<string, Entry>();
    const repeated = new Set<string>();
    for await (const entry of archive.eachEntry()) {
      if (entries.size === MOST_PARTS) throw new XlsxError("has too many parts for a spreadsheet", SAVE_AGAIN);
      const name = partName(entry.fileName);
      if (entries.has(name)) repeated.add(name);
      entries.set(name, entry);
    }
    assertXlsx(entries);
    return {
      has: (part) => entries.has(partName(part)),
      async open(part) {
        const entry = entries.get(partName(part));
        if (!entry) throw new XlsxError(`lacks its part ${part}`, SAVE_AGAIN);
        if (repeated.has(partName(part))) throw damaged(`it has two parts ${part}`);
        if (entry.isEncrypted()) throw new XlsxError("is protected by a password", "Save it without one.");
        const { compressedSize, uncompressedSize } = entry;
        if (uncompressedSize > Math.max(USUAL_SIZE, compressedSize * GREATEST_RATIO)) {
          throw new XlsxError("unpacks to far more than any sheet", "Save it as CSV UTF-8.");
        }
        return verified(await archive.openReadStreamPromise(entry), entry.crc32, part);
      },
      close: () => archive.close(),
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}

/** Yields the bytes of a part. Throws after the last one if they differ from those that were packed. */
async function* verified(bytes: AsyncIterable<Buffer>, expected: number, part: string): AsyncGenerator<Buffer> {
  let sum = 0;
  for await (const piece of bytes) {
    sum = crc32(piece, sum);
    yield piece;
  }
  if (sum !== expected) throw damaged(`the checksum of its part ${part} is wrong`);
}

function damaged(how: string): XlsxError {
  return new XlsxError(
    `is a damaged spreadsheet: ${how}`,
    "Copy or export it again, or save the original as CSV UTF-8.",
  );
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
