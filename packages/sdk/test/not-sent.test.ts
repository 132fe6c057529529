import { createServer as createTlsServer } from "node:https";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { ProxyAgent } from "undici";
import { generate } from "selfsigned";
import { expect, onTestFinished, test } from "vitest";
import { createNodeTransport } from "../src/node.ts";
import { argumentErrorOf, connectionErrorOf } from "./support/failure-of.ts";
import { startLocalServer } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (server.address() as AddressInfo).port;
}

const TRANSPORTS = {
  "the global fetch": () => globalThis.fetch,
  "the Node transport": () => createNodeTransport(),
};

const NOT_SENT = { wasSent: "no", execution: "no" };

test.each(Object.entries(TRANSPORTS))(
  "a certificate that is not trusted is not tried again: %s",
  async (_name, make) => {
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }]);
    let connections = 0;
    const server = createTlsServer({ key, cert });
    server.on("connection", () => connections++);
    const port = await listen(server);
    const client = createTestClient(`https://127.0.0.1:${port}`, { fetch: make() });
    const error = await connectionErrorOf(client.createAssociations(CREATION));
    expect(error).toMatchObject({ kind: "untrusted", attempts: 1, ...NOT_SENT });
    expect(error.message).toMatch(/certificate not trusted \([A-Z_]+\)/);
    expect(connections).toBe(1);
  },
);

test.each(Object.entries(TRANSPORTS))("https to a server without TLS sends nothing: %s", async (_name, make) => {
  await using server = await startLocalServer({ body: {} });
  const client = createTestClient(server.url.replace("http:", "https:"), { fetch: make(), retries: 0 });
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject(NOT_SENT);
  expect(server.requests).toEqual([]);
});

test.each(Object.entries(TRANSPORTS))(
  "a header of a hook that is not allowed sends nothing: %s",
  async (_name, make) => {
    await using server = await startLocalServer({ body: {} });
    const hooks = {
      beforeRequest: ({ headers }: { headers: { set(name: string, value: string): void } }) =>
        headers.set("x-note", "a\nb"),
    };
    const client = createTestClient(server.url, { fetch: make(), hooks, retries: 0 });
    const error = await argumentErrorOf(client.createAssociations(CREATION));
    expect(error).toMatchObject({ argument: "x-note", ...NOT_SENT });
    expect(server.requests).toEqual([]);
  },
);

test.each<[string, (socket: Socket) => void]>([
  ["asks for a password", (socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")],
  ["does not reach the API", (socket) => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n")],
  ["drops the connection", (socket) => void socket.destroy()],
])("a proxy that %s sends nothing", async (_what, reply) => {
  const port = await listen(createServer((socket) => socket.on("error", () => {}).once("data", () => reply(socket))));
  const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${port}`, proxyTunnel: true });
  const client = createTestClient("https://osm.example.com", {
    fetch: createNodeTransport({ dispatcher }),
    retries: 0,
  });
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject(NOT_SENT);
});
