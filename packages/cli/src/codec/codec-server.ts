import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { decodePayloads, NotPayloadsError, type DecodePayload } from "./decode-payloads.ts";

export interface CodecServerOptions {
  /** Decrypts one payload; rejects with a message that people may read. */
  decode: DecodePayload;
  host: string;
  /** 0: any free port. */
  port: number;
  /** The origins of the web pages that may read responses, such as `https://temporal.example.com`. */
  origins: readonly string[];
  /** Each request has to bring it as `Authorization: Bearer TOKEN`. Default: none. */
  token: string | undefined;
}

/** The most bytes of a request. Temporal's page sends the payloads of some hundred events at a time, each of up to 2 MB. */
const MAX_BYTES = 64 * 1_048_576;
/** `/decode`, or below the name of a namespace, as Temporal's CLI can call it. */
const DECODE = /^\/(?:[^/]+\/)?decode$/;

/** Serves the decoding half of Temporal's codec server protocol over HTTP. Encrypts nothing: a page only has to read. */
export async function startCodecServer(options: CodecServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    respond(request, response, options).catch(() => end(response, 500, "the request failed"));
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  return { url: urlOf(server, options.host), close: () => closeServer(server) };
}

async function respond(request: IncomingMessage, response: ServerResponse, options: CodecServerOptions): Promise<void> {
  const { origin } = request.headers;
  // Without an origin it is no page of a browser. This also keeps off a page that has its own name resolved to this address.
  if (origin !== undefined && !options.origins.includes(origin))
    return end(response, 403, "this origin may not use the codec server; allow it with --origin");
  if (origin !== undefined) allowOrigin(response, origin);
  const [path = ""] = (request.url ?? "").split("?");
  if (!DECODE.test(path)) return end(response, 404, "only POST /decode is served");
  if (request.method === "OPTIONS") return end(response, 204);
  if (request.method !== "POST") return end(response, 405, "only POST /decode is served");
  if (!isAllowed(request, options.token)) {
    response.setHeader("www-authenticate", "Bearer");
    return end(response, 401, "the token is missing or wrong");
  }
  const body = await readBody(request);
  if (body === undefined) return end(response, 413, "the request is too large");
  try {
    response.setHeader("content-type", "application/json");
    response.end(await decodePayloads(body, options.decode));
  } catch (error) {
    if (!(error instanceof NotPayloadsError)) throw error;
    end(response, 400, error.message);
  }
}

/** For the preflight request of a browser, and for the request itself. */
function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-allow-credentials", "true");
  response.setHeader("access-control-allow-methods", "POST, OPTIONS");
  response.setHeader("access-control-allow-headers", "authorization, content-type, x-namespace");
  response.setHeader("access-control-allow-private-network", "true");
  response.setHeader("vary", "origin");
}

function isAllowed({ headers }: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  return timingSafeEqual(digestOf(headers.authorization ?? ""), digestOf(`Bearer ${token}`));
}

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Undefined: it is too large. It is read to its end nevertheless: a connection that is cut brings no response. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= MAX_BYTES) parts.push(part);
    else parts.length = 0;
  }
  return bytes > MAX_BYTES ? undefined : Buffer.concat(parts).toString("utf8");
}

function end(response: ServerResponse, status: number, text = ""): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, text === "" ? {} : { "content-type": "text/plain; charset=utf-8" });
  response.end(text === "" ? undefined : `${text}\n`);
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}
