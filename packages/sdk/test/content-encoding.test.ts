import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { OsmClient } from "../src/index.ts";
import { createNodeTransport } from "../src/node.ts";
import { connectionErrorOf } from "./support/failure-of.ts";
import { createTestClient } from "./support/test-client.ts";

const BODY = Buffer.from(JSON.stringify({ case_relation_list: [{ case_id: "é" }] }));

/** A client over the Node transport, and a server that sends each request this body. */
async function openEncoded(body: Buffer, contentEncoding: string, status = 200) {
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-encoding": contentEncoding }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const transport = createNodeTransport();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;
  const client: OsmClient = createTestClient(`http://127.0.0.1:${port}`, { fetch: transport, retries: 0 });
  return {
    list: () => client.listAssociations({ ticketId: "1" }),
    async [Symbol.asyncDispose]() {
      await transport.close();
      server.close();
    },
  };
}

test.each([
  ["gzip", gzipSync(BODY)],
  ["x-gzip", gzipSync(BODY)],
  ["GZIP", gzipSync(BODY)],
  ["deflate", deflateSync(BODY)],
  ["deflate", deflateRawSync(BODY)],
  ["br", brotliCompressSync(BODY)],
  ["gzip, br", brotliCompressSync(gzipSync(BODY))],
  ["unknown", BODY],
])("the Node transport decodes a body that is sent as %s although it was not asked for", async (encoding, body) => {
  await using server = await openEncoded(body, encoding);
  expect((await server.list()).associations).toEqual([{ ticketId: "é" }]);
});

test("an error response that is sent as gzip keeps its code", async () => {
  const body = gzipSync(JSON.stringify({ error_code: "APIGW.0307", error_msg: "The token must be updated." }));
  await using server = await openEncoded(body, "gzip", 401);
  await expect(server.list()).rejects.toMatchObject({ name: "ApiError", code: "APIGW.0307", httpStatus: 401 });
});

test.each([
  ["gzip", "no gzip", Buffer.from("{}"), "Z_DATA_ERROR"],
  ["gzip", "damaged", damaged(gzipSync(BODY)), "Z_DATA_ERROR"],
  ["gzip", "cut off", gzipSync(BODY).subarray(0, 20), "Z_BUF_ERROR"],
  ["br", "no brotli", Buffer.from("{}"), "ERR_"],
])("a body of %s that is %s is a ConnectionError that says so", async (encoding, _what, body, code) => {
  await using server = await openEncoded(body, encoding);
  const error = await connectionErrorOf(server.list());
  expect(error).toMatchObject({ kind: "unreadable", execution: "no" });
  expect(error.message).toContain(`response cannot be decoded (${code}`);
});

function damaged(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy.writeUInt32LE(0, copy.length - 8);
  return copy;
}

test("a small body that inflates without end is an error before it uses up the memory", async () => {
  // 1 MB of gzip data, in 16 members, for 1 GiB.
  const zeros = gzipSync(Buffer.alloc(64 * 1_024 * 1_024));
  await using server = await openEncoded(Buffer.concat(Array.from({ length: 16 }, () => zeros)), "gzip");
  const before = process.memoryUsage();
  const error = await connectionErrorOf(server.list());
  const { external, arrayBuffers } = process.memoryUsage();
  expect(error).toMatchObject({ kind: "unreadable", message: expect.stringContaining("ERR_BUFFER_TOO_LARGE") });
  expect(external + arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(256 * 1_024 * 1_024);
});
