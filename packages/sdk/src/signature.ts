import { ArgumentError } from "./argument-error.ts";
import type { Authentication, AuthenticationRequest } from "./authentication.ts";
import { checkHeaderValue } from "./check-arguments.ts";

export interface SignatureOptions {
  readonly accessKey: string;
  readonly secretKey: string;
  /** For temporary keys. */
  readonly securityToken?: string | undefined;
  /** Scope of the request; the official SDKs send the domain for this service. */
  readonly domainId?: string | undefined;
  readonly projectId?: string | undefined;
  /**
   * Milliseconds since 1970; default `Date.now`. The server rejects a date that differs from its own clock by more than 15
   * minutes. After its first response, also a rejection, requests are dated by the server's clock; until then they are sent
   * one by one. A response of a cache does not count.
   */
  readonly now?: (() => number) | undefined;
}

const ALGORITHM = "SDK-HMAC-SHA256";
/** A smaller difference is caused by the time of transfer and the rounding to seconds. */
const TOLERATED_SKEW_MS = 30_000;
/** The server rejects a date that differs by more. Source: "API Signing Guide". */
const ACCEPTED_SKEW_MS = 15 * 60_000;
/** The headers that are signed if present. Others may be changed on the way. */
const SIGNED = ["content-type", "x-domain-id", "x-project-id", "x-sdk-date", "x-security-token"];

const encoder = new TextEncoder();

/**
 * Signs each request with an access key (SDK-HMAC-SHA256, with Web Crypto). The secret key never leaves the process. A
 * request with a rejected signature is not sent again, because five rejections lock the key for five minutes; unless its date
 * was wrong and the rejection has corrected the clock: then it is sent once more.
 * @throws ArgumentError for an empty key, and for values that are not allowed in a header.
 */
export function signature(options: SignatureOptions): Authentication {
  const { accessKey, secretKey, securityToken, domainId, projectId, now = Date.now } = options;
  checkHeaderValue("accessKey", accessKey);
  if (typeof secretKey !== "string" || secretKey === "") throw new ArgumentError("secretKey", "secretKey is empty.");
  const extra = { securityToken, domainId, projectId };
  for (const [argument, value] of Object.entries(extra)) if (value !== undefined) checkHeaderValue(argument, value);
  let key: Promise<CryptoKey> | undefined;
  let skewMs = 0;

  return {
    async authorize(request) {
      const { headers } = request;
      headers.set("X-Sdk-Date", new Date(now() + skewMs).toISOString().replaceAll(/[-:]|\.\d+/g, ""));
      if (securityToken !== undefined) headers.set("X-Security-Token", securityToken);
      if (domainId !== undefined) headers.set("X-Domain-Id", domainId);
      if (projectId !== undefined) headers.set("X-Project-Id", projectId);
      key ??= crypto.subtle.importKey("raw", encoder.encode(secretKey), { name: "HMAC", hash: "SHA-256" }, false, [
        "sign",
      ]);
      headers.set("Authorization", await sign(request, accessKey, await key));
    },
    recordServerTime(serverTimeMs) {
      const differenceMs = serverTimeMs - now();
      skewMs = Math.abs(differenceMs) > TOLERATED_SKEW_MS ? differenceMs : 0;
    },
    invalidate({ headers }) {
      const signedAtMs = toMilliseconds(headers.get("X-Sdk-Date") ?? "");
      return Math.abs(now() + skewMs - signedAtMs) > ACCEPTED_SKEW_MS;
    },
  };
}

/** The time of `20260301T120000Z`. */
function toMilliseconds(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)/, "$1-$2-$3:$4:"));
}

async function sign(request: AuthenticationRequest, accessKey: string, key: CryptoKey): Promise<string> {
  const url = new URL(request.url);
  const signed: [name: string, value: string][] = SIGNED.flatMap((name) => {
    const value = request.headers.get(name);
    return value === null ? [] : [[name, value.trim()] as [string, string]];
  });
  signed.push(["host", url.host]);
  signed.sort(([left], [right]) => compare(left, right));
  const names = signed.map(([name]) => name).join(";");
  const canonicalRequest = [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    await hash(request.body ?? ""),
  ].join("\n");
  const text = [ALGORITHM, request.headers.get("X-Sdk-Date"), await hash(canonicalRequest)].join("\n");
  const mark = toHex(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return `${ALGORITHM} Access=${accessKey}, SignedHeaders=${names}, Signature=${mark}`;
}

/** The signed path always ends in a slash, even if the sent path does not. */
function canonicalPath(pathname: string): string {
  const path = pathname
    .split("/")
    .map((segment) => encode(decodeURIComponent(segment)))
    .join("/");
  return path.endsWith("/") ? path : `${path}/`;
}

function canonicalQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(
      ([leftName, leftValue], [rightName, rightValue]) =>
        compare(leftName, rightName) || compare(leftValue, rightValue),
    )
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Encodes everything except letters, digits and `-_.~` (RFC 3986). */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

async function hash(text: string): Promise<string> {
  return toHex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
