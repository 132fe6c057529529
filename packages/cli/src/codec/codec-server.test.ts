import { randomBytes } from "node:crypto";
import { Keyring, PayloadEncryption } from "@caselink/workflows";
import { expect, onTestFinished, test } from "vitest";
import { startCodecServer, type CodecServerOptions } from "./codec-server.ts";

const PAGE = "https://temporal.example.com";
const newKey = (): string => randomBytes(32).toString("base64");
const encryption = new PayloadEncryption(Keyring.parse(`one:${newKey()}`));

interface JsonPayload {
  metadata: Record<string, string>;
  data: string;
}

async function start(options: Partial<CodecServerOptions> = {}) {
  const server = await startCodecServer({
    decode: async (payload) => (await encryption.decode([payload]))[0] ?? payload,
    host: "127.0.0.1",
    port: 0,
    origins: [PAGE],
    token: undefined,
    ...options,
  });
  onTestFinished(() => server.close());
  return (path: string, init?: RequestInit) => fetch(server.url + path, init);
}

const text = (base64: string): string => Buffer.from(base64, "base64").toString();
const plain = (value: unknown) => ({
  metadata: { encoding: Buffer.from("json/plain") },
  data: Buffer.from(JSON.stringify(value)),
});

/** Encrypted payloads as Temporal's web page sends them. */
async function bodyOf(codec: PayloadEncryption, ...values: unknown[]): Promise<string> {
  const payloads = await codec.encode(values.map(plain));
  return JSON.stringify({
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(
        Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]),
      ),
      data: Buffer.from(data ?? []).toString("base64"),
    })),
  });
}

const valuesIn = async (response: Response): Promise<unknown[]> => {
  const { payloads } = (await response.json()) as { payloads: JsonPayload[] };
  return payloads.map(({ metadata, data }) => [text(metadata["encoding"] ?? ""), JSON.parse(text(data))]);
};

test("encrypted payloads are decrypted, also below the name of a namespace, and others stay as they are", async () => {
  const request = await start();
  const body = await bodyOf(encryption, { batchId: "b" }, 7);
  for (const path of ["/decode", "/default/decode"]) {
    const response = await request(path, { method: "POST", body });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await valuesIn(response)).toEqual([
      ["json/plain", { batchId: "b" }],
      ["json/plain", 7],
    ]);
  }
  const unencrypted = await bodyOf(new PayloadEncryption(undefined), "x");
  expect(await valuesIn(await request("/decode", { method: "POST", body: unencrypted }))).toEqual([
    ["json/plain", "x"],
  ]);
});

test("a payload whose key is missing becomes a text that says so, and the others are decrypted", async () => {
  const request = await start();
  const foreign = JSON.parse(await bodyOf(new PayloadEncryption(Keyring.parse(`two:${newKey()}`)), 1)) as {
    payloads: [];
  };
  const own = JSON.parse(await bodyOf(encryption, 2)) as { payloads: [] };
  const body = JSON.stringify({ payloads: [...foreign.payloads, ...own.payloads] });
  expect(await valuesIn(await request("/decode", { method: "POST", body }))).toEqual([
    ["json/plain", expect.stringContaining("encrypted with the key two, and the keys here are one")],
    ["json/plain", 2],
  ]);
});

test("the page of an allowed origin may read the response, and no other page", async () => {
  const request = await start();
  const preflight = await request("/decode", { method: "OPTIONS", headers: { origin: PAGE } });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, PAGE]);
  expect(preflight.headers.get("access-control-allow-headers")).toContain("x-namespace");
  const body = await bodyOf(encryption, "secret");
  const allowed = await request("/decode", { method: "POST", body, headers: { origin: PAGE } });
  expect(allowed.headers.get("access-control-allow-origin")).toBe(PAGE);
  for (const origin of ["https://evil.example.com", "null"]) {
    for (const method of ["OPTIONS", "POST"]) {
      const response = await request("/decode", { method, headers: { origin }, ...(method === "POST" && { body }) });
      expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([403, null]);
      expect(await response.text()).not.toContain("secret");
    }
  }
});

test("with a token, a request without it gets nothing", async () => {
  const request = await start({ token: "codec-token" });
  const body = await bodyOf(encryption, "secret");
  for (const authorization of [undefined, "Bearer codec-toke", "codec-token"]) {
    const response = await request("/decode", {
      method: "POST",
      body,
      ...(authorization !== undefined && { headers: { authorization } }),
    });
    expect([response.status, await response.text()]).toEqual([401, "the token is missing or wrong\n"]);
  }
  const allowed = await request("/decode", { method: "POST", body, headers: { authorization: "Bearer codec-token" } });
  expect(await valuesIn(allowed)).toEqual([["json/plain", "secret"]]);
});

test("a request of more than 64 MB gets a response that says so, and the next one is served", async () => {
  const request = await start();
  const large = await request("/decode", { method: "POST", body: Buffer.alloc(80 * 1_048_576, " ") });
  expect([large.status, await large.text()]).toEqual([413, "the request is too large\n"]);
  const next = await request("/decode", { method: "POST", body: await bodyOf(encryption, "x") });
  expect(await valuesIn(next)).toEqual([["json/plain", "x"]]);
});

test.each([
  ["/decode", "GET", undefined, 405],
  ["/encode", "POST", "{}", 404],
  ["/a/b/decode", "POST", "{}", 404],
  ["/decode", "POST", "not JSON", 400],
  ["/decode", "POST", "{}", 400],
  ["/decode", "POST", '{"payloads":[7]}', 400],
  ["/decode", "POST", '{"payloads":[{"metadata":{"encoding":7}}]}', 400],
  ["/decode", "POST", '{"payloads":[]}', 200],
  ["//", "POST", "{}", 404],
])("%s with %s and the body %s has the status %d", async (path, method, body, status) => {
  const request = await start();
  expect((await request(path, { method, ...(body !== undefined && { body }) })).status).toBe(status);
});
