import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { MockAgent } from "undici";
import { expect, test } from "vitest";
import { iamPassword } from "../src/index.ts";
import { createNodeTransport } from "../src/node.ts";
import { connectionErrorOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

test("the Node transport sends and reads like the global fetch", async () => {
  await using server = await startLocalServer(
    { headers: { "x-request-id": "r-1" }, body: { case_relation_list: [{ case_id: "é" }] } },
    { text: "" },
    { status: 404, text: "<html>" },
    { body: {} },
  );
  const transport = createNodeTransport();
  const client = createTestClient(server.url, { fetch: transport, language: "en-us" });
  expect(await client.listAssociations({ ticketId: "a/b" })).toMatchObject({
    requestId: "r-1",
    associations: [{ ticketId: "é" }],
  });
  expect(await client.createAssociations(CREATION)).toMatchObject({ httpStatus: 200 });
  await expect(client.createAssociations(CREATION)).rejects.toMatchObject({ httpStatus: 404 });
  await client.deleteAssociation({ ticketId: "1", relatedId: "票" });
  expect(server.requests.map(({ method, path, body }) => [method, path, body])).toEqual([
    ["GET", "/v2/servicerequest/cases/a%2Fb/relations", ""],
    ["POST", "/v2/servicerequest/cases/case-123/relations", '{"related_id_list":["1","2","3"],"group_id":"group-1"}'],
    ["POST", "/v2/servicerequest/cases/case-123/relations", '{"related_id_list":["1","2","3"],"group_id":"group-1"}'],
    ["DELETE", "/v2/servicerequest/cases/1/relations", '{"related_id":"票"}'],
  ]);
  expect(server.requests[1]?.headers).toMatchObject({
    "content-type": "application/json",
    "x-auth-token": "test-token",
    "x-language": "en-us",
  });
  await transport.close();
});

test("the Node transport keeps connections, also after responses without a body, and not more than allowed", async () => {
  let connections = 0;
  const server = createServer((_request, response) => response.writeHead(200).end());
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;
  const transport = createNodeTransport({ connections: 2 });
  const client = createTestClient(`http://127.0.0.1:${port}`, { fetch: transport });
  await Promise.all(Array.from({ length: 50 }, () => client.createAssociations(CREATION)));
  expect(connections).toBe(2);
  await transport.close();
  await new Promise((resolve) => server.close(resolve));
});

test("the end of a block that declares the Node transport with await using closes its connections", async () => {
  await using server = await startLocalServer({ body: {} });
  let outlived: ReturnType<typeof createNodeTransport>;
  {
    await using transport = createNodeTransport();
    outlived = transport;
    await createTestClient(server.url, { fetch: transport }).listAssociations({ ticketId: "1" });
  }
  const client = createTestClient(server.url, { fetch: outlived, retries: 0 });
  expect(await connectionErrorOf(client.listAssociations({ ticketId: "1" }))).toMatchObject({ wasSent: "no" });
  expect(server.requests).toHaveLength(1);
});

test("the Node transport distinguishes a refused connection, a reset and a timeout", async () => {
  const transport = createNodeTransport();
  await using server = await startLocalServer("reset", "hang");
  const options = { fetch: transport, retries: 0, timeoutMs: 2_000 };
  const refused = createTestClient(await closedPort(), options).createAssociations(CREATION);
  expect(await connectionErrorOf(refused)).toMatchObject({ kind: "refused", execution: "no" });
  const client = createTestClient(server.url, options);
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject({
    kind: "reset",
    execution: "unknown",
  });
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject({
    kind: "timeout",
    execution: "unknown",
  });
  await transport.close();
});

test("the caller's signal ends a call of the Node transport", async () => {
  await using server = await startLocalServer("hang");
  const transport = createNodeTransport();
  const controller = new AbortController();
  const client = createTestClient(server.url, { fetch: transport });
  const call = connectionErrorOf(client.createAssociations(CREATION, { signal: controller.signal }));
  await server.arrival(1);
  controller.abort();
  expect(await call).toMatchObject({ kind: "aborted", execution: "unknown" });
  await transport.close();
});

test("the Node transport uses a given dispatcher and does not close it", async () => {
  const dispatcher = new MockAgent();
  dispatcher.disableNetConnect();
  dispatcher
    .get("https://osm.example.com")
    .intercept({ path: "/v2/servicerequest/cases/1/relations", method: "GET" })
    .reply(200, { case_relation_list: [{ case_id: "5" }] })
    .times(2);
  const transport = createNodeTransport({ dispatcher });
  const client = createTestClient("https://osm.example.com", { fetch: transport });
  await client.listAssociations({ ticketId: "1" });
  await transport.close();
  expect((await client.listAssociations({ ticketId: "1" })).associations).toEqual([{ ticketId: "5" }]);
  await dispatcher.close();
});

test("a request that has already ended is not sent, for example after a wait in an outer transport", async () => {
  await using server = await startLocalServer("hang");
  const transport = createNodeTransport();
  const client = createTestClient(server.url, {
    fetch: async (url, request) => {
      await new Promise<void>((resolve) => request.cancellation?.addEventListener("abort", resolve));
      return transport(url, request);
    },
    retries: 0,
    timeoutMs: 20,
  });
  expect(await connectionErrorOf(client.createAssociations(CREATION))).toMatchObject({ kind: "timeout" });
  expect(server.requests).toHaveLength(0);
  await transport.close();
});

test("a token of 100,000 characters in a header is read", async () => {
  const token = "t".repeat(100_000);
  await using server = await startLocalServer({ headers: { "x-subject-token": token } });
  const transport = createNodeTransport();
  const auth = iamPassword({ iamEndpoint: server.url, user: "u", password: "p", domain: "d", fetch: transport });
  const headers = new Headers();
  await auth.authorize({ method: "GET", url: "http://127.0.0.1/", headers }, { signal: new AbortController().signal });
  expect(headers.get("X-Auth-Token")).toBe(token);
  await transport.close();
});
