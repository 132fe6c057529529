import { once } from "node:events";
import {
  connect,
  createSecureServer,
  type ClientHttp2Session,
  type Http2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { CertificatePair } from "./certificates.ts";

export interface TlsProxyOptions {
  /** `host:port` of a server of HTTP/2 without TLS, such as Temporal's development server. */
  target: string;
  certificate: CertificatePair;
  /** Clients need a certificate of this authority, in PEM; default: clients need none. */
  clientAuthority?: string;
  /** Requests without this key in their `authorization` header are unauthenticated; default: no key is needed. */
  apiKey?: string;
  /** Operations that are denied, such as `StartWorkflowExecution`. */
  denied?: readonly string[];
  /** Operations that cannot be reached. */
  unavailable?: readonly string[];
  /** A request of the operation is forwarded when this resolves; default: immediately. */
  before?: (operation: string) => Promise<unknown>;
}

/** A server of HTTP/2 over TLS in front of another one, as clusters have it. */
export interface TlsProxy extends AsyncDisposable {
  address: string;
  /** Replaces options for the requests that follow. */
  configure(options: Pick<TlsProxyOptions, "apiKey" | "denied" | "unavailable">): void;
  /** The values of the `authorization` headers of all requests. */
  authorizations: Set<string | undefined>;
  /** The names in the certificates of clients. */
  clients: Set<string | undefined>;
}

const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** Starts a proxy, which runs until it is disposed of. */
export async function startTlsProxy(options: TlsProxyOptions): Promise<TlsProxy> {
  let { apiKey, denied = [], unavailable = [] } = options;
  const { certificate, clientAuthority, before } = options;
  const upstream = connect(`http://${options.target}`);
  upstream.on("error", () => undefined); // each stream reports it
  const server = createSecureServer({
    ...certificate,
    ...(clientAuthority !== undefined && { ca: clientAuthority, requestCert: true, rejectUnauthorized: true }),
  });
  const sessions = new Set<Http2Session>();
  const authorizations: TlsProxy["authorizations"] = new Set();
  const clients: TlsProxy["clients"] = new Set();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => undefined);
    const name = (session.socket as TLSSocket).getPeerCertificate().subject?.CN;
    clients.add(Array.isArray(name) ? name[0] : name);
  });
  server.on("stream", (stream, headers) => {
    const { authorization } = headers;
    authorizations.add(authorization);
    const operation = headers[":path"]?.split("/").at(-1) ?? "";
    if (apiKey !== undefined && authorization !== `Bearer ${apiKey}`) fail(stream, UNAUTHENTICATED);
    else if (denied.includes(operation)) fail(stream, PERMISSION_DENIED);
    else if (unavailable.includes(operation)) fail(stream, UNAVAILABLE);
    else void Promise.resolve(before?.(operation)).then(() => forward(stream, headers, upstream));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    clients,
    configure(changed) {
      if ("apiKey" in changed) ({ apiKey } = changed);
      if ("denied" in changed) ({ denied = [] } = changed);
      if ("unavailable" in changed) ({ unavailable = [] } = changed);
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: ClientHttp2Session): void {
  const request = upstream.request({ ...withoutHost(headers), ":authority": "temporal" });
  request.once("response", (response) => {
    if (stream.destroyed) return;
    // A response that ends with its headers has the status there.
    if ("grpc-status" in response) return stream.respond(plainHeaders(response), { endStream: true });
    stream.respond(plainHeaders(response), { waitForTrailers: true });
    let trailers: OutgoingHttpHeaders = {};
    request.once("trailers", (received) => (trailers = plainHeaders(received)));
    stream.once("wantTrailers", () => stream.sendTrailers(trailers));
    request.pipe(stream);
  });
  request.once("error", () => fail(stream, UNAVAILABLE));
  stream.on("error", () => request.destroy());
  stream.once("close", () => request.destroy());
  stream.pipe(request);
}

function fail(stream: ServerHttp2Stream, status: number): void {
  if (stream.destroyed || stream.headersSent) return void stream.destroy();
  const headers = { ":status": 200, "content-type": "application/grpc", "grpc-status": String(status) };
  stream.respond({ ...headers, "grpc-message": "rejected by the proxy of the test" }, { endStream: true });
}

function withoutHost(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { host: _, ...others } = headers;
  return others;
}

/** Copies headers, without the symbols that Node adds. */
const plainHeaders = (headers: object): OutgoingHttpHeaders => Object.fromEntries(Object.entries(headers));
