import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `reset` breaks the connection after the request was read; `hang` never responds. */
export type Reply =
  | "reset"
  | "hang"
  | { status?: number; headers?: Record<string, string>; body?: unknown; text?: string };

export interface LocalServer extends AsyncDisposable {
  readonly url: string;
  /** Requests so far, oldest first. */
  readonly requests: SeenRequest[];
  /** Resolves when the n-th request (from 1) has arrived. */
  arrival(count: number): Promise<void>;
}

/** Starts a real HTTP server that sends the n-th reply to the n-th request, and the last one to all later requests. */
export async function startLocalServer(
  ...replies: (Reply | ((request: SeenRequest) => Reply | Promise<Reply>))[]
): Promise<LocalServer> {
  const requests: SeenRequest[] = [];
  const watchers = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("error", () => {});
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const seen: SeenRequest = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      requests.push(seen);
      for (const watcher of watchers) watcher();
      const planned = replies[Math.min(requests.length, replies.length) - 1] ?? {};
      const reply = typeof planned === "function" ? planned(seen) : planned;
      if (reply instanceof Promise) void reply.then((late) => send(late, request, response));
      else send(reply, request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    arrival: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (requests.length < count) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (reply === "hang") return;
  if (reply === "reset") {
    request.socket.destroy();
    return;
  }
  const text = reply.text ?? (reply.body === undefined ? "" : JSON.stringify(reply.body));
  response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers }).end(text);
}

/** An address on which nothing listens. */
export async function closedPort(): Promise<string> {
  const server = await startLocalServer();
  await server[Symbol.asyncDispose]();
  return server.url;
}
