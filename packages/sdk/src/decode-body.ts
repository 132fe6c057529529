import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw, type InputType, type ZlibOptions } from "node:zlib";

/** A response of the API has a few kilobytes. A small body that inflates to more than this would use up the memory. */
const MAX_DECODED_BYTES = 16 * 1_024 * 1_024;
/** As many as `fetch` allows. */
const MAX_CODINGS = 5;

type Decoder = (body: InputType, options: ZlibOptions) => Promise<Buffer>;

const unzip: Decoder = promisify(gunzip);
const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: unzip,
  "x-gzip": unzip,
  br: promisify(brotliDecompress),
  // Some servers send deflate data without the header of zlib.
  deflate: (body, options) =>
    promisify(Buffer.isBuffer(body) && ((body[0] ?? 0) & 0x0f) === 0x08 ? inflate : inflateRaw)(body, options),
};

/**
 * The text of a body, decoded by its `Content-Encoding`, which a server may send although the request does not ask for it. As
 * with `fetch`, a body with an unknown coding stays as it is. Rejects with zlib's error if the body cannot be decoded, or has
 * more than 16 MiB then.
 */
export async function decodeBody(chunks: readonly Buffer[], contentEncoding: string | null): Promise<string> {
  const [first] = chunks;
  if (first === undefined) return "";
  let body = chunks.length === 1 ? first : Buffer.concat(chunks);
  if (contentEncoding !== null) for (const decode of decodersOf(contentEncoding)) body = await decode(body, LIMIT);
  const text = body.toString("utf8");
  return text.startsWith("\u{feff}") ? text.slice(1) : text;
}

const LIMIT: ZlibOptions = { maxOutputLength: MAX_DECODED_BYTES };

/** In the order in which they are applied; none if a coding is unknown. */
function decodersOf(contentEncoding: string): Decoder[] {
  const codings = contentEncoding.toLowerCase().split(",");
  const decoders = codings.map((coding) => DECODERS[coding.trim()]).toReversed();
  const known = decoders.filter((decoder) => decoder !== undefined);
  return known.length === decoders.length && known.length <= MAX_CODINGS ? known : [];
}
