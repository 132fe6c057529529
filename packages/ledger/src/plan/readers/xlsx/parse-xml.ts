import { StringDecoder } from "node:string_decoder";
import { SaxesParser } from "saxes";
import { SAVE_AGAIN, XlsxError } from "./xlsx-error.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

export interface XmlHandlers {
  /** `name` is without its prefix. */
  open?(name: string, attributes: Record<string, string>): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** Bytes without a tag. More must not fill the memory. */
const LONGEST_SILENCE = 1 << 23;

/** Parses bytes as they arrive, and calls the handlers. */
export async function parseXml(source: AsyncIterable<Buffer>, handlers: XmlHandlers): Promise<void> {
  // This parser knows only the five entities of XML: it does not expand those that a document declares.
  const parser = new SaxesParser<{ position: false; xmlns: false }>({ position: false, xmlns: false });
  const decoder = new StringDecoder("utf8");
  let silence = 0;
  let opened = "";
  parser.on("opentagstart", ({ name }) => {
    silence = 0;
    opened = localName(name);
  });
  parser.on("opentag", ({ attributes }) => handlers.open?.(opened, attributes));
  parser.on("closetag", ({ name }) => {
    silence = 0;
    handlers.close?.(localName(name));
  });
  parser.on("text", (text) => handlers.text?.(text));
  parser.on("cdata", (text) => handlers.text?.(text));
  for await (const chunk of source) {
    silence += chunk.length;
    if (silence > LONGEST_SILENCE) throw new XlsxError("has a value without an end", SAVE_AGAIN);
    parser.write(decoder.write(chunk));
  }
  parser.write(decoder.end()).close();
}

/** Parses a part. Damage of the part is reported before an error of its content. */
export async function parsePart(archive: XlsxPackage, part: string, handlers: XmlHandlers): Promise<void> {
  try {
    await parseXml(await archive.open(part), handlers);
  } catch (error) {
    for await (const _ of await archive.open(part));
    throw error;
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Returns an attribute by its name, with any prefix. */
export function attribute(attributes: Record<string, string>, name: string): string | undefined {
  if (attributes[name] !== undefined) return attributes[name];
  const key = Object.keys(attributes).find((key) => localName(key) === name);
  return key === undefined ? undefined : attributes[key];
}

export function isTrue(value: string | undefined): boolean {
  return value === "1" || value === "true";
}
