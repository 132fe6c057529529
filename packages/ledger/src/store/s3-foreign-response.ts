import type { S3Client } from "@aws-sdk/client-s3";
import { isObject } from "@caselink/common";

/** A response that cannot come from object storage, for example the login page of a network or of a proxy. */
export class ForeignResponseError extends Error {
  override readonly name = "ForeignResponseError";
  /** What was received, in words. */
  readonly received: string;

  constructor(received: string) {
    super(`received ${received}`);
    this.received = received;
  }
}

/** The storage listed another bucket: it does not know addresses that begin with the bucket's name. */
export class WrongBucketError extends Error {
  override readonly name = "WrongBucketError";
  readonly bucket: string;

  constructor(bucket: string) {
    super(`the bucket ${bucket} was listed`);
    this.bucket = bucket;
  }
}

const HTML = /^\s*(?:text\/html|application\/xhtml)/i;
/** A web page can be recognised by so many bytes. */
export const PAGE_START_BYTES = 200;
const HTML_TEXT = /^(?:\uFEFF|ï»¿)?\s*<(?:!doctype\s+html|html)\b/i;

/** Makes a client throw {@link ForeignResponseError} in place of treating a web page as an empty result. */
export function rejectForeignResponses(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const received = foreignContent(result.response, isHead(args.request));
      if (received !== undefined) throw new ForeignResponseError(received);
      return result;
    },
    // The last step before the request is sent: it sees the response before it is parsed.
    { name: "caselinkForeignResponses", step: "deserialize", priority: "low" },
  );
}

/** Throws {@link ForeignResponseError} if a text that was read is a web page. */
export function assertNoPage(text: string): void {
  if (HTML_TEXT.test(text.slice(0, PAGE_START_BYTES))) throw new ForeignResponseError("a web page");
}

/** Returns a value that every response of object storage has. Throws {@link ForeignResponseError} if it is missing. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new ForeignResponseError(`a response without ${name}`);
  return value;
}

/** Returns a header of a response as the client's middleware has it. */
export function headerOf(response: unknown, name: string): string | undefined {
  const headers = isObject(response) ? response["headers"] : undefined;
  const value = isObject(headers) ? headers[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

function foreignContent(response: unknown, isHeadRequest: boolean): string | undefined {
  if (!isObject(response) || typeof response["statusCode"] !== "number") return undefined;
  const { statusCode: status } = response;
  const header = (name: string): string => headerOf(response, name) ?? "";
  // A failure of a proxy passes.
  if (status >= 500 || status === 429 || status === 408) return undefined;
  if (HTML.test(header("content-type")) && !(isHeadRequest && status >= 400)) return `a web page with status ${status}`;
  if ((status === 302 || status === 303) && header("location") !== "") return `a redirect with status ${status}`;
  // No request asks for it, and the client would take the compressed bytes for the object's.
  const encoding = header("content-encoding");
  if (status < 300 && /gzip|deflate|br|zstd|compress/i.test(encoding))
    return `a body that is compressed with ${encoding}`;
  return undefined;
}

const isHead = (request: unknown): boolean => isObject(request) && request["method"] === "HEAD";
