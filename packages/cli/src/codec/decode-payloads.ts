import { isObject } from "@caselink/common";
import type { PayloadEncryption } from "@caselink/workflows";

type Payload = Parameters<PayloadEncryption["decode"]>[0][number];

/** Decrypts one payload. */
export type DecodePayload = (payload: Payload) => Promise<Payload>;

/** A request is not what Temporal's protocol for codec servers asks for. */
export class NotPayloadsError extends Error {
  override readonly name = "NotPayloadsError";
}

/** A payload in the JSON of protocol buffers: bytes are in base64. */
interface JsonPayload {
  metadata: Record<string, string>;
  data?: string;
}

/**
 * Decrypts the payloads of a request `{"payloads": [...]}`, and returns the response in the same form. A payload that cannot be
 * decrypted becomes a text that says why, so that a page shows the others.
 *
 * @throws {NotPayloadsError}
 */
export async function decodePayloads(request: string, decode: DecodePayload): Promise<string> {
  const payloads = readPayloads(request);
  const decoded = await Promise.all(
    payloads.map((payload) => decode(payload).catch((error: unknown) => textPayload(messageOf(error)))),
  );
  return JSON.stringify({ payloads: decoded.map(toJson) });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "it cannot be read");

function readPayloads(request: string): Payload[] {
  let body: unknown;
  try {
    body = JSON.parse(request);
  } catch {
    throw new NotPayloadsError("the request is not JSON");
  }
  if (!isObject(body) || !Array.isArray(body.payloads)) throw new NotPayloadsError("the request has no list payloads");
  return body.payloads.map((payload) => fromJson(payload));
}

function fromJson(payload: unknown): Payload {
  if (!isObject(payload)) throw new NotPayloadsError("a payload is not an object");
  const { metadata = {}, data = "" } = payload;
  if (!isObject(metadata) || typeof data !== "string") throw new NotPayloadsError("a payload has no metadata or data");
  const entries = Object.entries(metadata).map(([name, value]) => {
    if (typeof value !== "string") throw new NotPayloadsError("a value of metadata is not base64");
    return [name, Buffer.from(value, "base64")] as const;
  });
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data, "base64") };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, toBase64(value)] as const);
  return { metadata: Object.fromEntries(entries), ...(data && data.length > 0 && { data: toBase64(data) }) };
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

const textPayload = (text: string): Payload => ({
  metadata: { encoding: Buffer.from("json/plain") },
  data: Buffer.from(JSON.stringify(text)),
});
