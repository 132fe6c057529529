import type { ConnectionErrorKind } from "./connection-error.ts";

export interface ConnectionFault {
  readonly kind: ConnectionErrorKind;
  /** The request certainly did not leave: no connection was made. */
  readonly isUnsent: boolean;
  /** The system's or the transport's code, for the message. */
  readonly code: string | undefined;
}

/** Codes of Node (system and undici), Bun and Deno. */
const KINDS: Readonly<Record<string, Omit<ConnectionFault, "code">>> = {
  ECONNREFUSED: { kind: "refused", isUnsent: true },
  ConnectionRefused: { kind: "refused", isUnsent: true },
  ENOTFOUND: { kind: "dns", isUnsent: true },
  EAI_AGAIN: { kind: "dns", isUnsent: true },
  EAI_FAIL: { kind: "dns", isUnsent: true },
  EAI_NODATA: { kind: "dns", isUnsent: true },
  EAI_NONAME: { kind: "dns", isUnsent: true },
  UND_ERR_CONNECT_TIMEOUT: { kind: "timeout", isUnsent: true },
  ECONNRESET: { kind: "reset", isUnsent: false },
  ConnectionClosed: { kind: "reset", isUnsent: false },
  EPIPE: { kind: "reset", isUnsent: false },
  UND_ERR_SOCKET: { kind: "reset", isUnsent: false },
  UND_ERR_HEADERS_TIMEOUT: { kind: "timeout", isUnsent: false },
  UND_ERR_BODY_TIMEOUT: { kind: "timeout", isUnsent: false },
  ETIMEDOUT: { kind: "timeout", isUnsent: false },
};

/** What went wrong between here and the server, read from an error of whatever transport. */
export function readConnectionFault(error: unknown): ConnectionFault {
  const links = [...unfold(error)];
  for (const link of links) {
    const known = link.code === undefined ? undefined : KINDS[link.code];
    if (known !== undefined)
      return { kind: known.kind, isUnsent: known.isUnsent || link.syscall === "connect", code: link.code };
  }
  const named = links.find((link) => link.code !== undefined);
  return { kind: "network", isUnsent: named?.syscall === "connect", code: named?.code };
}

interface Link {
  readonly code: string | undefined;
  readonly syscall: unknown;
}

/** The error, its causes, and those of an aggregate (one for each address that was tried). */
function* unfold(error: unknown, depth = 0): Generator<Link> {
  if (typeof error !== "object" || error === null || depth > 5) return;
  const { code, syscall, cause, errors }: { code?: unknown; syscall?: unknown; cause?: unknown; errors?: unknown } =
    error;
  yield { code: typeof code === "string" ? code : undefined, syscall };
  if (Array.isArray(errors)) for (const member of errors) yield* unfold(member, depth + 1);
  yield* unfold(cause, depth + 1);
}
