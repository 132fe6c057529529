import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { createNodeTransport } from "../src/node.ts";
import { startLocalServer } from "./support/local-server.ts";
import { createTestClient } from "./support/test-client.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A proxy in the environment of this process, for every host that is not in `noProxy`. */
async function openProxy(noProxy: string) {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on("connect", ({ url = "" }, socket: Socket) => {
    asked.push(url);
    const { hostname, port } = new URL(`http://${url}`);
    const onward = connect(Number(port), hostname.replace(/^\[|\]$/g, ""), () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on("error", () => {});
  });
  proxy.on("request", ({ url = "" }, response) => {
    asked.push(url);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = proxy.address() as AddressInfo;
  for (const name of ["HTTP_PROXY", "http_proxy"]) vi.stubEnv(name, `http://127.0.0.1:${port}`);
  for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, noProxy);
  return {
    asked,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        proxy.close(resolve);
        proxy.closeAllConnections();
      });
    },
  };
}

test.each([
  ["", true],
  ["127.0.0.1", false],
  ["127.0.0.1:PORT", false],
  ["127.0.0.1:1", true],
  ["127.0.0.0/8", false],
  ["10.0.0.0/8, 127.0.0.0/8", false],
  ["10.0.0.0/8", true],
  ["::/0", true],
  ["127.0.0.0/33,127.0.0.0/x,127.0.0/8,/8,[::1,300.0.0.1", true],
  ["*", false],
])("with the NO_PROXY %j, a request to 127.0.0.1 uses the proxy: %j", async (noProxy, isProxied) => {
  await using server = await startLocalServer({ body: {} });
  await using proxy = await openProxy(noProxy.replace("PORT", new URL(server.url).port));
  const transport = createNodeTransport();
  await createTestClient(server.url, { fetch: transport }).listAssociations({ ticketId: "1" });
  await transport.close();
  expect(proxy.asked.length > 0).toBe(isProxied);
});

test.each([
  ["", true],
  ["::1", false],
  ["[::1]", false],
  ["[::1]:PORT", false],
  ["[::1]:1", true],
  ["0:0:0:0:0:0:0:1", false],
  ["[0:0:0:0:0:0:0:1]:PORT", false],
  ["::/16", false],
  ["fd00::/8", true],
  ["::/129", true],
])("with the NO_PROXY %j, a request to [::1] uses the proxy: %j", async (noProxy, isProxied) => {
  await using server = await startLocalServer({ body: {} });
  const { port } = new URL(server.url);
  await using proxy = await openProxy(noProxy.replace("PORT", port));
  // The server listens on IPv4 only, so a request that does not use the proxy is refused, also without IPv6.
  const transport = createNodeTransport();
  const client = createTestClient(`http://[::1]:${port}`, { fetch: transport, retries: 0 });
  await client.listAssociations({ ticketId: "1" }).catch(() => {});
  await transport.close();
  expect(proxy.asked.length > 0).toBe(isProxied);
});

test.each(["127.0.0.1:3128", "proxy:3128", "socks5://u:canary@proxy"])(
  "a proxy that is %s is an ArgumentError",
  (value) => {
    vi.stubEnv("http_proxy", "http://127.0.0.1:3128");
    vi.stubEnv("HTTP_PROXY", value);
    expect(() => createNodeTransport()).toThrow("HTTP_PROXY is not a URL such as http://127.0.0.1:3128.");
  },
);
