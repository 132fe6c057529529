import { Agent, EnvHttpProxyAgent, type Dispatcher } from "undici";
import { ArgumentError } from "./argument-error.ts";
import { decodeBody } from "./decode-body.ts";
import { readNoProxyAddresses } from "./no-proxy.ts";
import type { Cancellation, Transport, HttpResponse, ResponseHeaders } from "./transport.ts";

export interface NodeTransportOptions {
  /** Maximum number of connections to one host; default: as many as there are requests in flight. */
  readonly connections?: number | undefined;
  /** How long an idle connection stays open, in milliseconds; default 30,000. A hint of the server may shorten it. */
  readonly keepAliveMs?: number | undefined;
  /** Time to make a connection, in milliseconds; default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * A dispatcher of undici, such as a `ProxyAgent`. It replaces the options above and the proxy of the environment. The
   * caller closes it.
   */
  readonly dispatcher?: Dispatcher | undefined;
}

/**
 * A transport for `createOsmClient({ fetch })`. `close` ends its connections after the requests in flight; so does the end of
 * the block that declares it with `await using`.
 */
export type NodeTransport = Transport & AsyncDisposable & { close(): Promise<void> };

/** Node's own limit is 16 KiB. IAM sends tokens in a header, and they can have 100,000 characters. */
const MAX_HEADER_BYTES = 256 * 1_024;

const PROXY_VARIABLES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];

/**
 * A transport for Node over undici. It makes several times as many calls per second as the global `fetch`, but implements
 * only the part of `fetch` that this client uses. It uses the proxy in `HTTP_PROXY` and `HTTPS_PROXY`, except for the names,
 * addresses and ranges of addresses in `NO_PROXY` (`osm.example.com`, `.example.com`, `[::1]:8080`, `10.0.0.0/8`, `*`; entries
 * that are none of these are ignored). It needs the package `undici`.
 * @throws ArgumentError if a variable with a proxy is not a URL
 */
export function createNodeTransport(options: NodeTransportOptions = {}): NodeTransport {
  const { connections, keepAliveMs = 30_000, connectTimeoutMs = 10_000, dispatcher } = options;
  const agentOptions: Agent.Options = {
    ...(connections === undefined ? {} : { connections }),
    keepAliveTimeout: keepAliveMs,
    connect: { timeout: connectTimeoutMs },
    // The client's deadline ends an attempt.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const isProxied = PROXY_VARIABLES.map(namesProxy).includes(true);
  const agent = dispatcher ?? (isProxied ? new EnvHttpProxyAgent(agentOptions) : new Agent(agentOptions));
  const bypassesProxy = agent instanceof EnvHttpProxyAgent ? readNoProxyAddresses(noProxyVariable()) : undefined;
  const direct = bypassesProxy === undefined ? agent : new Agent(agentOptions);
  const transport: Transport = (url, request) =>
    new Promise((resolve, reject) => {
      const { method, headers, body } = request;
      // Reading `signal` would make one.
      const cancellation = request.cancellation ?? request.signal;
      // A cancellation that has already ended calls no listener, so nothing would end the request.
      if (cancellation.reason !== undefined) return reject(cancellation.reason);
      const pathAt = url.indexOf("/", "https://".length);
      const origin = url.slice(0, pathAt);
      (bypassesProxy?.(origin) ? direct : agent).dispatch(
        {
          origin,
          path: url.slice(pathAt),
          method,
          headers,
          body,
        },
        new Exchange(cancellation, resolve, reject),
      );
    });
  const close = async (): Promise<void> => {
    if (dispatcher !== undefined) return;
    await agent.close();
    if (direct !== agent) await direct.close();
  };
  return Object.assign(transport, { close, [Symbol.asyncDispose]: close, readsCancellation: true });
}

/** The one that undici reads. */
function noProxyVariable(): string {
  return process.env["no_proxy"] ?? process.env["NO_PROXY"] ?? "";
}

/** @throws ArgumentError, without the value, which may contain a password. */
function namesProxy(name: string): boolean {
  const value = process.env[name];
  if (!value) return false;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new ArgumentError(name, `${name} is not a URL such as http://127.0.0.1:3128.`);
  return true;
}

/** Collects one response. undici's `request` would create a stream for each, which costs more than everything else. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #cancellation: Cancellation;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Record<string, string | string[] | undefined> = {};
  #isOver = false;

  constructor(
    cancellation: Cancellation,
    resolve: (response: HttpResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#cancellation = cancellation;
    this.#resolve = resolve;
    this.#reject = reject;
    cancellation.addEventListener("abort", this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The caller gave up while the request waited for a connection.
    if (this.#isOver) this.#onAbort();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // A 1xx response comes before the final one, which overwrites it.
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end();
    const [fields, status, chunks] = [this.#headers, this.#status, this.#chunks];
    const headers: ResponseHeaders = {
      get(name) {
        const value = fields[name.toLowerCase()];
        return (Array.isArray(value) ? value.join(", ") : value) ?? null;
      },
    };
    this.#resolve({
      ok: status >= 200 && status < 300,
      status,
      headers,
      text: () => decodeBody(chunks, headers.get("Content-Encoding")),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#end();
    this.#reject(this.#controller === undefined ? new UnsentError(error) : error);
  }

  #end(): void {
    this.#isOver = true;
    this.#cancellation.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    const { reason } = this.#cancellation;
    this.#end();
    this.#reject(reason);
    this.#controller?.abort(reason instanceof Error ? reason : new Error("aborted", { cause: reason }));
  };
}

/** The request was never started: there was no connection, no tunnel through the proxy, or an invalid header. */
class UnsentError extends Error {
  readonly wasSent = "no";

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}
