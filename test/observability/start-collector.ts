import { EventEmitter, once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

/** A request that an exporter sent. */
interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

interface ReceivedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  attributes: Record<string, string | number>;
}

/** A small OpenTelemetry collector: it keeps what it gets by OTLP/HTTP. */
export interface Collector extends AsyncDisposable {
  url: string;
  received: readonly Received[];
  /** Resolves when the condition holds for what was received. */
  until(holds: () => boolean): Promise<void>;
  /** The spans received by the JSON protocol so far. */
  spans(): ReceivedSpan[];
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string };
}

interface TracesBody {
  resourceSpans: {
    scopeSpans: { spans: (Omit<ReceivedSpan, "attributes"> & { attributes?: Attribute[] })[] }[];
  }[];
}

export async function startCollector(): Promise<Collector> {
  const received: Received[] = [];
  const events = new EventEmitter();
  const server = createServer((request, response) => {
    void receive(request, response);
  });
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const content = await buffer(request);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(content) : content;
    received.push({ path: request.url ?? "", headers: request.headers, body });
    events.emit("received");
    response.writeHead(200, { "content-type": request.headers["content-type"] }).end();
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async until(holds) {
      while (!holds()) await once(events, "received");
    },
    spans: () =>
      received
        .filter(({ path }) => path === "/v1/traces")
        .flatMap(({ body }) => (JSON.parse(body.toString("utf8")) as TracesBody).resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
        .map(({ name, traceId, spanId, parentSpanId, attributes = [] }) => ({
          name,
          traceId,
          spanId,
          parentSpanId,
          attributes: Object.fromEntries(
            attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
          ),
        })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
