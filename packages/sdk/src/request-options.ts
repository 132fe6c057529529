import { ArgumentError } from "./argument-error.ts";
import { checkHeaderValue, checkNumber } from "./check-arguments.ts";
import { limits } from "./generated/catalogue.ts";
import type { SiteName } from "./sites.ts";
import { VERSION } from "./version.ts";

/** The options of a client that a single call can replace. */
export interface RequestOptions {
  /** Milliseconds for each attempt, from the sign-in to the end of the response; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Maximum retries of a call; default 3. Only reads, and writes that certainly were not executed, are retried. */
  readonly retries?: number | undefined;
  /**
   * More request headers; those of a call replace those of the client. Headers of the credential, of the content and of the
   * connection are not allowed: the client sets them.
   */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** Language of names in responses; the API's default is `zh-cn`. At most 32 characters. */
  readonly language?: string | undefined;
}

/** The options of a client that become request headers and are the same for all its calls. */
export interface FixedHeaderOptions {
  /** Time zone of the API's dates; the API's default is `GMT+8`. At most 32 characters. */
  readonly timeZone?: string | undefined;
  /**
   * The site for `X-Site`, which the official SDKs send: `cn` or `intl`. Default: the header is not sent, and the API
   * assumes `cn`.
   */
  readonly site?: SiteName | undefined;
  /**
   * Your application for `User-Agent`, such as `ticket-sync/1.2`; at most 256 characters. The package's name and version
   * and the runtime follow it. A browser sends its own `User-Agent` instead.
   */
  readonly userAgent?: string | undefined;
}

export interface RequestSettings {
  readonly timeoutMs: number;
  readonly retries: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that a caller would break a request with: of the credential, the content and the connection. */
const RESERVED =
  /^(?:authorization|x-auth-token|x-security-token|x-(?:domain|project)-id|x-sdk-.*|content-.*|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect)$/;

const SITE_VALUES: Readonly<Record<string, string>> = { cn: "0", intl: "1" };

/** @throws ArgumentError */
export function readRequestOptions(
  { timeoutMs, retries, headers = {}, language }: RequestOptions,
  defaults: RequestSettings,
): RequestSettings {
  const all = { ...defaults.headers };
  if (language !== undefined) all["x-language"] = checkHeaderValue("language", language, limits.languageMaxLength);
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) all[checkName(name)] = checkHeaderValue(`headers.${name}`, value);
  return {
    timeoutMs: checkNumber("timeoutMs", timeoutMs ?? defaults.timeoutMs),
    retries: checkNumber("retries", retries ?? defaults.retries),
    headers: all,
  };
}

/** @throws ArgumentError */
export function readFixedHeaders({ timeZone, site, userAgent }: FixedHeaderOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  if (timeZone !== undefined) headers["x-time-zone"] = checkHeaderValue("timeZone", timeZone, limits.timeZoneMaxLength);
  if (site !== undefined) {
    const value = SITE_VALUES[site];
    if (value === undefined)
      throw new ArgumentError("site", `site is ${JSON.stringify(site)}; it takes "cn" or "intl".`);
    headers["x-site"] = value;
  }
  if (userAgent !== undefined) checkHeaderValue("userAgent", userAgent, USER_AGENT_MAX_LENGTH);
  // Its own name, such as "Node.js/24" or "Deno/2.9.6". A browser would ask the server for permission to send another.
  const runtime: string = globalThis.navigator?.userAgent ?? "";
  if (!runtime.startsWith("Mozilla/"))
    headers["user-agent"] = [userAgent, `caselink-sdk/${VERSION}`, runtime].filter(Boolean).join(" ");
  return headers;
}

const USER_AGENT_MAX_LENGTH = 256;

/** The name in lower case. */
function checkName(name: string): string {
  const lowerCase = name.toLowerCase();
  const problem = RESERVED.test(lowerCase)
    ? "is set by the client and cannot be replaced"
    : /^[\w!#$%&'*+.^`|~-]+$/.test(name)
      ? undefined
      : "is not the name of a header";
  if (problem !== undefined) throw new ArgumentError("headers", `headers: ${JSON.stringify(name)} ${problem}.`);
  return lowerCase;
}
