// A small S3 server in memory, with the gaps and refusals of real stores that the tests cannot reach.
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { BUCKET } from "./start-object-storage.ts";

/** The domain of the server in virtual-hosted addresses. Clients of tests resolve it to this machine. */
export const DOMAIN = "storage.example.com";

/** What the server lacks. Tests may change it while the server runs. */
export interface Gaps {
  /**
   * `VirtualHostDomainRequired`: path-style requests are rejected with this code, as OBS documents it. `NoSuchKey`: HEAD
   * requests succeed and all others have the status 404, as OBS was seen to respond. `unknown`: the server has no
   * addresses for buckets, as MinIO without a domain: it takes the first part of the path for the bucket.
   */
  addresses?: "VirtualHostDomainRequired" | "NoSuchKey" | "unknown";
  /**
   * `1`: lists have no continuation token; `stuck`: nor does a marker continue them; `endless`: a token that repeats;
   * `again`: each page has a new token and the same entries; `void`: a new token and no entries.
   */
  lists?: 1 | "stuck" | "endless" | "again" | "void";
  /** Each entry of a list is in it twice. */
  doubles?: boolean;
  /** Writes of such keys succeed and store nothing. */
  loses?: RegExp;
  /** Removals succeed and remove nothing. */
  keeps?: boolean;
  /** Objects are returned without an ETag. */
  isUntagged?: boolean;
  /** Objects are returned with this content encoding. Their bodies are not compressed. */
  encoding?: string;
  /** Responds to all requests with this status and code. */
  answer?: [status: number, code: string];
  /** The most entries of a list; default 1,000. */
  listed?: number;
  /** Whether conditions of writes are rejected with 501, ignored, or known only as `If-None-Match`. */
  conditions?: "rejected" | "ignored" | "only-absent";
  /** `trailing`: requests with optional checksums are rejected. `ignored`: a wrong Content-MD5 is accepted. */
  checksums?: "ignored";
  /** Responds to these methods with the HTML page of a proxy, and with this status. */
  page?: { methods: readonly string[]; status: number; type?: string };
  /** The responses have neither a content type nor an ETag. */
  isBare?: boolean;
  /** Responds with 403 to these methods. */
  denied?: readonly string[];
  /** How far the server's clock is ahead of this machine's, in milliseconds. */
  aheadMs?: number;
}

interface StoredObject {
  body: Buffer;
  etag: string;
  writtenAt: number;
  metadata: Record<string, string>;
}

export interface IncompleteStorage extends AsyncDisposable {
  /** The server's address, for path-style requests. */
  url: string;
  /** The server's address by its domain. */
  domainUrl: string;
  gaps: Gaps;
  objects: Map<string, StoredObject>;
  /** The requests, as `METHOD host path`. */
  requests: string[];
  /** The AWS variables for a client of this server. */
  env: Record<string, string>;
}

const PAGE = "<!DOCTYPE html><html><body>Sign in to the network</body></html>";

export async function startIncompleteStorage(gaps: Gaps = {}): Promise<IncompleteStorage> {
  const objects = new Map<string, StoredObject>();
  const requests: string[] = [];
  const storage = { gaps, objects, requests };
  const server = createServer((request, response) => {
    void respond(storage, request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return Object.assign(storage, {
    url,
    domainUrl: `http://${DOMAIN}:${port}`,
    env: {
      AWS_ENDPOINT_URL_S3: url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "CASELINKTESTKEY",
      AWS_SECRET_ACCESS_KEY: "caselink-test-secret",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

type Storage = Pick<IncompleteStorage, "gaps" | "objects" | "requests">;

async function respond(storage: Storage, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { gaps, requests } = storage;
  const { method = "", headers, url = "" } = request;
  const body = Buffer.from(await readText(request.setEncoding("latin1")), "latin1");
  requests.push(`${method} ${headers.host} ${url}`);
  if (gaps.aheadMs !== undefined) response.setHeader("date", new Date(Date.now() + gaps.aheadMs).toUTCString());
  if (gaps.page?.methods.includes(method)) {
    response.writeHead(gaps.page.status, {
      ...(!gaps.isBare && { "content-type": gaps.page.type ?? "text/html" }),
    });
    response.end(method === "HEAD" ? undefined : PAGE);
    return;
  }
  const { pathname, searchParams } = new URL(url, "http://storage");
  const path = decodeURIComponent(pathname).slice(1);
  const isVirtual = String(headers.host).startsWith(`${BUCKET}.`) && gaps.addresses !== "unknown";
  const bucket = isVirtual ? BUCKET : path.split("/", 1)[0];
  const key = isVirtual ? path : path.slice(BUCKET.length + 1);
  const refusal = refusalOf(gaps, { isVirtual, bucket, method, headers });
  if (refusal) return fail(response, method, ...refusal);
  if (key === "" && method === "GET") return list(storage, searchParams, response);
  if (method === "PUT" && gaps.loses?.test(key)) {
    response.writeHead(200, { etag: '"lost"' }).end();
    return;
  }
  if (method === "PUT") return put(storage, key, body, headers, response);
  const found = storage.objects.get(key);
  if (method === "DELETE") {
    if (!gaps.keeps) storage.objects.delete(key);
    response.writeHead(204).end();
  } else if (!found) fail(response, method, 404, "NoSuchKey");
  else {
    response.writeHead(200, {
      "content-length": found.body.length,
      "content-type": "application/octet-stream",
      "last-modified": new Date(found.writtenAt).toUTCString(),
      ...(!gaps.isUntagged && { etag: found.etag }),
      ...(gaps.encoding !== undefined && { "content-encoding": gaps.encoding }),
      ...found.metadata,
    });
    response.end(method === "HEAD" ? undefined : found.body);
  }
}

type Asked = { isVirtual: boolean; bucket: string | undefined; method: string; headers: IncomingMessage["headers"] };

/** Returns the status and the code of a rejection; undefined if the request is accepted. */
function refusalOf(
  { addresses, denied, answer }: Gaps,
  { isVirtual, bucket, method, headers }: Asked,
): [status: number, code: string] | undefined {
  if (!isVirtual && addresses === "VirtualHostDomainRequired") return [403, addresses];
  if (!isVirtual && addresses === "NoSuchKey" && method !== "HEAD") return [404, addresses];
  if (bucket !== BUCKET) return [404, "NoSuchBucket"];
  if (denied?.includes(method)) return [403, "AccessDenied"];
  if (answer !== undefined) return answer;
  // OBS documents that it accepts no other signatures of the body, and rejects optional checksums.
  const isSignedAsDocumented = headers["x-amz-content-sha256"] === "UNSIGNED-PAYLOAD";
  const hasOptional = Object.keys(headers).some((name) => /^x-amz-(?:trailer|checksum|sdk-checksum)/.test(name));
  if (!isSignedAsDocumented || hasOptional) return [400, "XAmzContentSHA256Mismatch"];
  return undefined;
}

function put(
  { gaps, objects }: Storage,
  key: string,
  body: Buffer,
  headers: IncomingMessage["headers"],
  response: ServerResponse,
): void {
  const { "if-none-match": ifNoneMatch, "if-match": ifMatch, "content-md5": md5 } = headers;
  const found = objects.get(key);
  const isConditional = ifNoneMatch !== undefined || ifMatch !== undefined;
  if (isConditional && gaps.conditions === "rejected") return fail(response, "PUT", 501, "NotImplemented");
  if (gaps.conditions !== "ignored") {
    if (ifNoneMatch !== undefined && found) return fail(response, "PUT", 412, "PreconditionFailed");
    if (ifMatch !== undefined && gaps.conditions !== "only-absent" && found?.etag !== ifMatch) {
      return fail(response, "PUT", found ? 412 : 404, found ? "PreconditionFailed" : "NoSuchKey");
    }
  }
  const isDamaged = md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64");
  if (isDamaged && gaps.checksums !== "ignored") return fail(response, "PUT", 400, "BadDigest");
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  const metadata = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith("x-amz-meta-") ? [[name, String(value)] as const] : [],
    ),
  );
  objects.set(key, { body, etag, writtenAt: Date.now() + (gaps.aheadMs ?? 0), metadata });
  response.writeHead(200, { ...(!gaps.isBare && { etag }) }).end();
}

function list({ gaps, objects }: Storage, query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter");
  const isSecond = query.get("list-type") === "2" && gaps.lists === undefined;
  const token = query.get("continuation-token");
  const isStuck = gaps.lists !== undefined && gaps.lists !== 1;
  const marker = isStuck ? "" : (query.get("marker") ?? "");
  const after = isSecond ? Buffer.from(token ?? "", "base64").toString() : marker;
  const limit = Math.min(Number(query.get("max-keys") ?? 1_000), gaps.listed ?? 1_000);
  const entries = new Map<string, string>();
  for (const key of [...objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + 1);
    // A marker that is a common prefix skips the keys below it.
    if (Buffer.compare(Buffer.from(name), Buffer.from(after)) <= 0) continue;
    const tag = end < 0 ? "Contents" : "CommonPrefixes";
    const inner = end < 0 ? `<Key>${escaped(name)}</Key><Size>1</Size>` : `<Prefix>${escaped(name)}</Prefix>`;
    entries.set(name, `<${tag}>${inner}</${tag}>`);
  }
  const shown = gaps.lists === "void" ? [] : [...entries.keys()].slice(0, limit);
  const isTruncated = entries.size > shown.length;
  const last = shown.at(-1) ?? "";
  const next = isSecond
    ? `<NextContinuationToken>${Buffer.from(last).toString("base64")}</NextContinuationToken>`
    : gaps.lists === "endless" || gaps.lists === "again" || gaps.lists === "void"
      ? `<NextContinuationToken>${gaps.lists === "endless" ? "again" : randomUUID()}</NextContinuationToken>`
      : delimiter === null
        ? ""
        : `<NextMarker>${escaped(last)}</NextMarker>`;
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${BUCKET}</Name><Prefix>${escaped(prefix)}</Prefix>` +
      `<IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? next : ""}` +
      `${shown.map((name) => (entries.get(name) ?? "").repeat(gaps.doubles ? 2 : 1)).join("")}</ListBucketResult>`,
  );
}

function fail(response: ServerResponse, method: string, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(method === "HEAD" ? undefined : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
