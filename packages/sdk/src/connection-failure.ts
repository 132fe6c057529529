import type { ConnectionErrorKind } from "./connection-error.ts";
import { findMeaning } from "./meaning-table.ts";
import type { WasSent } from "./osm-error.ts";

export interface ConnectionFailure {
  readonly kind: ConnectionErrorKind;
  /** `no` if the transport states it, or if the connection was not made. */
  readonly wasSent: WasSent;
  /** For the message: the system's or the transport's code, or why the transport did not send the request. */
  readonly detail: string | undefined;
}

/** Codes of Node (system and undici), Bun and Deno, by kind and by whether the request may have been sent. */
const CODES = {
  "refused no": "ECONNREFUSED ConnectionRefused",
  "dns no": "ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME",
  "timeout no": "UND_ERR_CONNECT_TIMEOUT",
  "timeout unknown": "UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT ETIMEDOUT",
  "reset unknown": "ECONNRESET ConnectionClosed EPIPE UND_ERR_SOCKET",
  // OpenSSL's codes for a server without TLS, or without a version of TLS that both sides have. The handshake fails, so
  // no request is sent.
  "network no": "EPROTO ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_PACKET_LENGTH_TOO_LONG ERR_SSL_UNSUPPORTED_PROTOCOL",
} satisfies Partial<Record<`${ConnectionErrorKind} ${WasSent}`, string>>;

/** OpenSSL's codes for a certificate that it does not accept. */
const UNTRUSTED = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

/** Codes of zlib, brotli and zstd for a body that they cannot decode, or that becomes too large. */
const UNREADABLE = /^(Z_|ZSTD_|ERR_BROTLI_|ERR__ERROR_|ERR_BUFFER_TOO_LARGE$)/;

/** Reads what went wrong between here and the server from an error of any transport. */
export function readConnectionFailure(error: unknown): ConnectionFailure {
  const stated: { wasSent?: unknown; message?: unknown } = Object(error);
  const isUnsent = stated.wasSent === "no";
  const links = [...unfold(error)];
  const link = links.find(({ code }) => meaningOf(code).length > 0) ?? links[0];
  const [kind = isUnsent ? "unsent" : "network", wasSent = "unknown"] = meaningOf(link?.code);
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    kind: kind as ConnectionErrorKind,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    wasSent: isUnsent || link?.syscall === "connect" ? "no" : (wasSent as WasSent),
    detail: kind === "unsent" ? String(stated.message) : describe(link),
  };
}

function meaningOf(code = ""): string[] {
  if (UNREADABLE.test(code)) return ["unreadable", "unknown"];
  return UNTRUSTED.test(code) ? ["untrusted", "no"] : findMeaning(CODES, code);
}

interface Link {
  readonly code: string;
  readonly syscall: unknown;
  /** Of a connection that was not made: a proxy's, if the request goes through one. */
  readonly address: unknown;
  readonly port: unknown;
}

function describe(link: Link | undefined): string | undefined {
  if (link?.syscall !== "connect" || typeof link.address !== "string") return link?.code;
  const { code, address, port } = link;
  return `${code} at ${address.includes(":") ? `[${address}]` : address}:${String(port)}`;
}

/** Those with a code: the error, its causes, and the members of an aggregate (one for each address that was tried). */
function* unfold(error: unknown, depth = 0): Generator<Link> {
  if (typeof error !== "object" || error === null || depth > 5) return;
  const { code, syscall, address, port, cause, errors }: Record<string, unknown> = Object(error);
  if (typeof code === "string") yield { code, syscall, address, port };
  if (Array.isArray(errors)) for (const member of errors) yield* unfold(member, depth + 1);
  yield* unfold(cause, depth + 1);
}
