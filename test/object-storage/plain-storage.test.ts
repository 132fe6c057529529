// Object storage that rejects conditional writes.
import { once } from "node:events";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, inject, test } from "vitest";
import { csv, NO_VIOLATIONS, rowsOf } from "@caselink/test-support";
import { openProcessHarness } from "@caselink/test-support/cli";
import { BUCKET, startObjectStorage, whyNoObjectStorage } from "./start-object-storage.ts";

const REJECTION = "<Error><Code>NotImplemented</Code><Message>If-None-Match is not implemented</Message></Error>";

test.skipIf(whyNoObjectStorage !== undefined)(
  "workers on storage without conditional writes say so once, and a batch that one leaves behind is finished right",
  async () => {
    await using storage = await startObjectStorage();
    await using plain = await startPlainStorage(storage.url);
    const env = {
      ...storage.env,
      AWS_ENDPOINT_URL_S3: plain.url,
      CASELINK_LEDGER: `s3://${BUCKET}/plain`,
      TEMPORAL_ADDRESS: inject("temporalAddress"),
    };
    const faults = { create: { lostResponse: 0.05, http500AfterWrite: 0.02 }, list: { http503: 0.02 } };
    await using stage = await openProcessHarness({ latencyMs: 25, faults }, env);
    const first = await stage.startWorkerProcess();
    const input = await stage.write("in.csv", csv(...rowsOf(200)));
    const run = stage.start(["run", input, "--batch", "plain", "--yes", "--json"]);
    await stage.simulator.waitFor(({ counts }) => counts.written >= 60);
    first.child.kill("SIGKILL");
    const { stderr } = await first.ended;
    expect(stderr.match(/has no conditional writes/gu)).toHaveLength(1);
    await stage.startWorkerProcess();
    const ended = await run.ended;
    expect([ended.status, ended.last()["created"]]).toEqual([0, 200]);
    expect(plain.rejected).toBeGreaterThan(0);
    expect(stage.simulator.violations()).toEqual(NO_VIOLATIONS);
  },
);

/** A proxy that rejects conditional writes and forwards all other requests with their Host header: it is signed. */
async function startPlainStorage(target: string) {
  const { hostname, port } = new URL(target);
  let rejected = 0;
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    if (method === "PUT" && (headers["if-none-match"] ?? headers["if-match"]) !== undefined) {
      rejected++;
      request.resume();
      request.once("end", () => response.writeHead(501, { "content-type": "application/xml" }).end(REJECTION));
      return;
    }
    const upstream = forward({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    upstream.once("error", () => response.destroy());
    request.pipe(upstream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get rejected() {
      return rejected;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
