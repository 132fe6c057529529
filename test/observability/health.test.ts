import { mkdir, rmdir } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { csv, newBatch, rowsOf, until } from "@caselink/test-support";
import { openCluster, type CliHarness } from "@caselink/test-support/cli";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";

type Probe = (path: string) => Promise<[status: number, body: string]>;

async function startProbed(stage: CliHarness, env: NodeJS.ProcessEnv = {}) {
  const address = `127.0.0.1:${await findFreePort()}`;
  const worker = await stage.startWorkerProcess({ CASELINK_HEALTH_ADDRESS: address, ...env });
  const probe: Probe = async (path) => {
    const response = await fetch(`http://${address}${path}`);
    return [response.status, await response.text()];
  };
  return { worker, probe };
}

const untilReady = (probe: Probe) =>
  until(
    () => probe("/ready"),
    ([status]) => status === 200,
  );
const untilNotReady = (probe: Probe, words: string) =>
  until(
    () => probe("/ready"),
    ([status, body]) => status === 503 && body.includes(words),
  );

test("a worker is ready while it takes chunks, and not while its ledger cannot be read", async () => {
  await using stage = await openCluster();
  const { probe } = await startProbed(stage);
  expect(await untilReady(probe)).toEqual([200, "ready\n"]);
  await stage.write("in.csv", csv(...rowsOf(4)));
  expect((await stage.run(["run", "in.csv", "--batch", newBatch("probed")])).status).toBe(0);
  // A file of the ledger can be read no more.
  const unreadable = join(stage.ledger, "batches", "check");
  await mkdir(unreadable);
  const [, body] = await untilNotReady(probe, "the ledger cannot be read: ");
  expect(body).toMatch(/^not ready: .+\n$/);
  expect((await probe("/live"))[0]).toBe(200);
  await rmdir(unreadable);
  await untilReady(probe);
  expect((await probe("/else"))[0]).toBe(404);
});

test("a worker whose credentials the API rejects lives, is not ready, and says so in words and in its log", async () => {
  await using stage = await openCluster();
  const { worker, probe } = await startProbed(stage, { CASELINK_TOKEN: "revoked-token", CASELINK_LOG_LEVEL: "info" });
  const [, body] = await untilNotReady(probe, "the API does not accept the credentials: ");
  expect(body).not.toContain("revoked-token");
  expect(await probe("/live")).toEqual([200, "live\n"]);
  await worker.says("the worker takes no chunk");
  const line = worker
    .printed()
    .split("\n")
    .find((text) => text.includes("the worker takes no chunk"));
  const { host } = new URL(stage.simulator.url);
  expect(JSON.parse(line ?? "")).toMatchObject({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    level: "WARN",
    message: expect.stringContaining("the API rejects the credentials"),
    endpoint: host,
    kind: "credentials",
  });
});

test("a worker that cannot reach Temporal is not ready, and is again when it can", async () => {
  await using stage = await openCluster();
  await using proxy = await startProxy(inject("temporalAddress"));
  const { probe } = await startProbed(stage, { TEMPORAL_ADDRESS: proxy.address });
  await untilReady(probe);
  proxy.cut();
  await untilNotReady(probe, "Temporal does not respond: ");
  expect((await probe("/live"))[0]).toBe(200);
  proxy.restore();
  await untilReady(probe);
});

/** Carries connections to an address, until it is cut. */
async function startProxy(to: string) {
  const [host, port] = to.split(":");
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((socket) => {
    const other = connect(Number(port), host);
    for (const [one, next] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => next.destroy()).on("close", () => (sockets.delete(one), next.destroy()));
      one.pipe(next);
    }
    if (isCut) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    restore: () => void (isCut = false),
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
