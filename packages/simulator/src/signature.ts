import { createHash, createHmac } from "node:crypto";

/** Source: "API Signing Guide", the SDK-HMAC-SHA256 algorithm. */
const ALGORITHM = "SDK-HMAC-SHA256";
const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

/** A request as it arrived. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, as on the request line. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface Authorization {
  readonly accessKey: string;
  /** Lower case, in the order in which they were signed. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** Parses an `Authorization` header; undefined if it is not one of this algorithm. */
export function parseAuthorization(header: string): Authorization | undefined {
  const match = /^SDK-HMAC-SHA256 +Access=([^, ]+), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})$/u.exec(header);
  if (match === null) return undefined;
  const [, accessKey = "", names = "", signature = ""] = match;
  return { accessKey, signedHeaders: names.split(";"), signature };
}

/** Parses `X-Sdk-Date` (`20191115T033655Z`) to ms since the epoch; undefined if it is not a date. */
export function parseSdkDate(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/u.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** The signature of `request` with `secretKey`. */
export function signatureOf(request: SignedRequest, signedHeaders: readonly string[], secretKey: string): string {
  const requestHash = sha256(canonicalRequestOf(request, signedHeaders));
  const textToSign = `${ALGORITHM}\n${headerOf(request, "x-sdk-date")}\n${requestHash}`;
  return createHmac("sha256", secretKey).update(textToSign).digest("hex");
}

/** The text that is hashed and signed. */
export function canonicalRequestOf(request: SignedRequest, signedHeaders: readonly string[]): string {
  const queryAt = request.target.indexOf("?");
  const path = queryAt === -1 ? request.target : request.target.slice(0, queryAt);
  const query = queryAt === -1 ? "" : request.target.slice(queryAt + 1);
  const bodyHash =
    headerOf(request, "x-sdk-content-sha256") === UNSIGNED_PAYLOAD ? UNSIGNED_PAYLOAD : sha256(request.body);
  return [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    signedHeaders.map((name) => `${name}:${headerOf(request, name)}\n`).join(""),
    signedHeaders.join(";"),
    bodyHash,
  ].join("\n");
}

function canonicalPath(path: string): string {
  const encoded = /^[\w./~-]*$/u.test(path) ? path : path.split("/").map(reencode).join("/");
  return encoded.endsWith("/") ? encoded : `${encoded}/`;
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs = query.split("&").map((pair): [string, string] => {
    const equalsAt = pair.indexOf("=");
    return equalsAt === -1
      ? [reencode(pair), ""]
      : [reencode(pair.slice(0, equalsAt)), reencode(pair.slice(equalsAt + 1))];
  });
  return pairs
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Encodes everything except RFC 3986's unreserved characters as %XX. */
function reencode(text: string): string {
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    // Not an encoding: signed unchanged.
  }
  return encodeURIComponent(plain).replaceAll(
    /[!'()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function headerOf(request: SignedRequest, name: string): string {
  const value = request.headers[name];
  return (typeof value === "string" ? value : (value ?? []).join(",")).trim();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
