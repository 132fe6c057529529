import { Agent, request as undiciRequest, type Dispatcher } from "undici";
import type { Transport, TransportAnswer } from "./transport.ts";

export interface NodeTransportOptions {
  /** Connections to one host at most; default: as many as calls are in flight. */
  readonly connections?: number;
  /** How long an idle connection is kept, in milliseconds; default 30,000. The server's own hint may shorten it. */
  readonly keepAliveMs?: number;
  /** Time to make a connection, in milliseconds; default 10,000. */
  readonly connectTimeoutMs?: number;
  /** A dispatcher of undici's own, such as a `ProxyAgent`, instead of the options above. It stays the caller's to close. */
  readonly dispatcher?: Dispatcher;
}

/** A transport for `createOsmClient({ fetch })`. `close` ends its connections when the calls under way are over. */
export type NodeTransport = Transport & { close(): Promise<void> };

/**
 * A transport for Node over undici's `request`: several times the calls a second of the global `fetch`. It is as much of
 * `fetch` as this package's client needs, not more. Needs the package `undici`.
 */
export function createNodeTransport(options: NodeTransportOptions = {}): NodeTransport {
  const { connections, keepAliveMs = 30_000, connectTimeoutMs = 10_000, dispatcher } = options;
  const agent =
    dispatcher ??
    new Agent({
      ...(connections === undefined ? {} : { connections }),
      keepAliveTimeout: keepAliveMs,
      connect: { timeout: connectTimeoutMs },
      // The client's own deadline ends an attempt.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  const transport: Transport = async (url, { method, headers, body, signal }) => {
    const answer = await undiciRequest(url, {
      method,
      headers: Object.fromEntries(headers),
      body: body ?? null,
      signal,
      dispatcher: agent,
    });
    return toTransportAnswer(answer);
  };
  return Object.assign(transport, {
    async close() {
      if (dispatcher === undefined) await agent.close();
    },
  });
}

function toTransportAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): TransportAnswer {
  return {
    ok: statusCode >= 200 && statusCode < 300,
    status: statusCode,
    headers: {
      get(name) {
        const value = headers[name.toLowerCase()];
        return (Array.isArray(value) ? value.join(", ") : value) ?? null;
      },
    },
    text: () => body.text(),
  };
}
