import type { ConnectionErrorKind } from "./connection-error.ts";

export interface ConnectionFault {
  readonly kind: ConnectionErrorKind;
  /** The request certainly did not leave: no connection was made. */
  readonly isUnsent: boolean;
  /** The system's or the transport's code, for the message. */
  readonly code: string | undefined;
}

/** Codes of Node (system and undici), Bun and Deno by kind; after the bar those after which the request may have left. */
const CODES: Readonly<Partial<Record<ConnectionErrorKind, string>>> = {
  refused: "ECONNREFUSED ConnectionRefused |",
  dns: "ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME |",
  timeout: "UND_ERR_CONNECT_TIMEOUT | UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT ETIMEDOUT",
  reset: "| ECONNRESET ConnectionClosed EPIPE UND_ERR_SOCKET",
};

/** What went wrong between here and the server, read from an error of whatever transport. */
export function readConnectionFault(error: unknown): ConnectionFault {
  const links = [...unfold(error)];
  for (const { code, syscall } of links)
    for (const [kind, codes] of Object.entries(CODES)) {
      const words = codes.split(" ");
      const place = code === undefined ? -1 : words.indexOf(code);
      if (place >= 0)
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        return {
          kind: kind as ConnectionErrorKind,
          isUnsent: place < words.indexOf("|") || syscall === "connect",
          code,
        };
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
