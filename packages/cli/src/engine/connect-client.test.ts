import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connectClient } from "./connect-client.ts";

const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;

/** A server that answers GetSystemInfo, with which a client connects, and every other request with UNAVAILABLE. */
async function startUnavailableServer(): Promise<{ address: string; firstRefusal: Promise<unknown> }> {
  const server = createServer();
  const { promise: firstRefusal, resolve: reportRefusal } = Promise.withResolvers<void>();
  server.on("stream", (stream, headers) => {
    const isConnecting = headers[":path"]?.endsWith("/GetSystemInfo");
    stream.respond(
      { "content-type": "application/grpc", "grpc-status": isConnecting ? UNIMPLEMENTED : UNAVAILABLE },
      { endStream: true },
    );
    if (!isConnecting) stream.once("close", reportRefusal);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, firstRefusal };
}

test("a connection that closes before a failed request is sent again ends the request, and throws nothing", async () => {
  const { address, firstRefusal } = await startUnavailableServer();
  const { connection, close } = await connectClient({ address });
  const request = connection.workflowService.describeNamespace({ namespace: "default" });
  await firstRefusal;
  await close();
  await expect(request).rejects.toThrow("the connection is closed");
});

test("a request of a closed connection is rejected with the reason", async () => {
  const { address } = await startUnavailableServer();
  const { connection, close } = await connectClient({ address });
  await close();
  const request = connection.workflowService.describeNamespace({ namespace: "default" });
  await expect(request).rejects.toThrow("the connection is closed");
});
