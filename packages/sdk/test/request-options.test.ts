import { readFile } from "node:fs/promises";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import {
  createOsmClient,
  ensureAssociations,
  iamPassword,
  removeAssociations,
  SITES,
  staticToken,
  withResponse,
  type CallOptions,
  type OsmClient,
} from "../src/index.ts";
import { createNodeTransport } from "../src/node.ts";
import { apiErrorOf, argumentErrorOf, connectionErrorOf } from "./support/failure-of.ts";
import { startLocalServer } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

type Method = (client: OsmClient, options?: CallOptions) => Promise<unknown>;

const sleep = () => Promise.resolve();

const METHODS: [string, Method][] = [
  ["createAssociations", (client, options) => client.createAssociations(CREATION, options)],
  ["listAssociations", (client, options) => client.listAssociations({ ticketId: "1" }, options)],
  ["deleteAssociation", (client, options) => client.deleteAssociation({ ticketId: "1", relatedId: "2" }, options)],
  ["ensureAssociations", (client, options) => ensureAssociations(client, CREATION, { sleep, ...options })],
  [
    "removeAssociations",
    (client, options) => removeAssociations(client, { ticketId: "1", relatedIds: ["2"] }, { sleep, ...options }),
  ],
  ["withResponse", (client, options) => withResponse(client.listAssociations({ ticketId: "1" }, options))],
];

test.each(METHODS)("headers and language of one call replace those of the client: %s", async (_name, call) => {
  await using server = await startLocalServer({ body: {} });
  const client = createTestClient(server.url, { language: "zh-cn", headers: { "X-Kind": "client", "X-Team": "a" } });
  await call(client, { language: "en-us", headers: { "x-kind": "call", "X-Absent": undefined } });
  const changed = server.requests.length;
  await call(client);
  for (const [index, { headers }] of server.requests.entries()) {
    const isChanged = index < changed;
    expect(headers).toMatchObject({
      "x-language": isChanged ? "en-us" : "zh-cn",
      "x-kind": isChanged ? "call" : "client",
      "x-team": "a",
      "x-auth-token": "test-token",
    });
    expect(headers).not.toHaveProperty("x-absent");
  }
  expect(server.requests.length).toBe(2 * changed);
});

test.each(METHODS)("retries of one call replace those of the client: %s", async (_name, call) => {
  await using server = await startLocalServer({ status: 429 });
  const client = createTestClient(server.url, { retries: 3 });
  await apiErrorOf(call(client, { retries: 1 }));
  expect(server.requests).toHaveLength(2);
  await apiErrorOf(call(client));
  expect(server.requests).toHaveLength(2 + 4);
});

test.each(METHODS)("a timeout of one call replaces that of the client: %s", async (_name, call) => {
  await using server = await startLocalServer("hang");
  const client = createTestClient(server.url, { timeoutMs: 600_000 });
  const error = await connectionErrorOf(call(client, { timeoutMs: 50, retries: 0 }));
  expect(error).toMatchObject({ kind: "timeout" });
  expect(String(error.cause)).toContain("50 ms");
});

test.each<[CallOptions, string, string]>([
  [{ timeoutMs: 0 }, "timeoutMs", "give a positive number"],
  [{ retries: -1 }, "retries", "give a positive number"],
  [{ language: "x".repeat(33) }, "language", "at most 32"],
  [{ headers: { "X-Kind": "a\nb" } }, "headers.X-Kind", "not allowed in a header"],
  [{ headers: { "X Kind": "a" } }, "headers", "is not the name of a header"],
  [{ headers: { "X-Auth-Token": "other" } }, "headers", "cannot be replaced"],
  [{ headers: { AUTHORIZATION: "other" } }, "headers", "cannot be replaced"],
  [{ headers: { "x-sdk-date": "other" } }, "headers", "cannot be replaced"],
  [{ headers: { "Content-Type": "text/plain" } }, "headers", "cannot be replaced"],
  [{ headers: { "content-length": "1" } }, "headers", "cannot be replaced"],
  [{ headers: { Host: "other.example.com" } }, "headers", "cannot be replaced"],
])(
  "%j is an ArgumentError of every method and of the client, and nothing is sent",
  async (options, argument, words) => {
    await using server = await startLocalServer({ body: {} });
    const client = createTestClient(server.url);
    for (const [, call] of METHODS) {
      const error = await argumentErrorOf(call(client, options));
      expect(error).toMatchObject({ argument, phase: "arguments" });
      expect(error.message).toContain(words);
    }
    expect(() => createTestClient(server.url, options)).toThrow(words);
    expect(server.requests).toEqual([]);
  },
);

test.each([
  ["the global fetch", () => globalThis.fetch],
  ["the Node transport", () => createNodeTransport()],
])("User-Agent names application, package with version, and runtime, over %s", async (_name, transport) => {
  await using server = await startLocalServer({ body: {} });
  const manifest = JSON.parse(await readFile(path.resolve(import.meta.dirname, "../package.json"), "utf8")) as {
    version: string;
  };
  const own = `caselink-sdk/${manifest.version} Node.js/${process.versions.node.split(".", 1)[0]}`;
  const list = (userAgent?: string) =>
    createTestClient(server.url, { fetch: transport(), userAgent }).listAssociations({ ticketId: "1" });
  await list();
  await list("ticket-sync/1.2 (night)");
  expect(server.requests.map(({ headers }) => headers["user-agent"])).toEqual([own, `ticket-sync/1.2 (night) ${own}`]);
});

test("signing in sends the package's User-Agent", async () => {
  await using iam = await startLocalServer({ status: 201, headers: { "x-subject-token": "t" }, body: {} });
  await using server = await startLocalServer({ body: {} });
  const auth = iamPassword({ iamEndpoint: iam.url, user: "u", password: "p", domain: "d" });
  await createTestClient(server.url, { auth }).listAssociations({ ticketId: "1" });
  expect(iam.requests[0]?.headers["user-agent"]).toMatch(/^caselink-sdk\//);
});

test.each(["", "a\r\nX-Site: 1", "x".repeat(257)])("%j is an ArgumentError as userAgent", (userAgent) => {
  expect(() => createTestClient("http://127.0.0.1", { userAgent })).toThrow(
    expect.objectContaining({ name: "ArgumentError", argument: "userAgent" }),
  );
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64)", "the browser's own"],
  ["Cloudflare-Workers", expect.stringMatching(/^app\/1 caselink-sdk\/.+ Cloudflare-Workers$/)],
])(
  "in a runtime that calls itself %s, User-Agent is the package's unless it is a browser",
  async (userAgent, expected) => {
    const { outputFiles } = await build({
      stdin: {
        contents: `export { createOsmClient, staticToken } from "./index.ts";`,
        resolveDir: path.resolve(import.meta.dirname, "../src"),
      },
      bundle: true,
      format: "iife",
      globalName: "sdk",
      platform: "browser",
      write: false,
    });
    const seen: Record<string, string>[] = [];
    const fetch = (_url: string, { headers }: { headers: Record<string, string> }) => {
      seen.push({ ...headers });
      return Promise.resolve(new Response("{}"));
    };
    // Another realm, whose navigator is the other runtime's.
    const realm = { navigator: { userAgent }, fetch, URL, performance, setTimeout, clearTimeout, Headers };
    const call = `sdk.createOsmClient({ endpoint: "http://x", auth: sdk.staticToken("t"), userAgent: "app/1", fetch })
    .listAssociations({ ticketId: "1" })`;
    await (runInNewContext(`${outputFiles[0]?.text}; ${call}`, realm) as Promise<unknown>);
    expect(seen.map((headers) => headers["user-agent"] ?? "the browser's own")).toEqual([expected]);
  },
);

test("X-Site is sent if a site is given: 0 for China, 1 for International", async () => {
  await using server = await startLocalServer({ body: {} });
  for (const site of ["cn", "intl", undefined] as const)
    await createTestClient(server.url, { site }).listAssociations({ ticketId: "1" });
  expect(server.requests.map(({ headers }) => headers["x-site"])).toEqual(["0", "1", undefined]);
  // @ts-expect-error no value is documented for the Europe site
  expect(() => createTestClient(server.url, { site: "eu" })).toThrow(
    expect.objectContaining({ name: "ArgumentError", argument: "site" }),
  );
});

test("the sites' addresses are base URLs that a client and a sign-in accept", () => {
  expect(Object.keys(SITES)).toEqual(["cn", "intl", "eu"]);
  for (const { endpoint, iamEndpoint } of Object.values(SITES)) {
    expect(endpoint).toMatch(/^https:\/\/osm\.[\w-]+\.myhuaweicloud\.(com|eu)$/);
    createOsmClient({ endpoint, auth: staticToken("t") });
    iamPassword({ iamEndpoint, user: "u", password: "p", domain: "d" });
  }
});
