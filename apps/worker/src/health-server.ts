import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { BatchWorker } from "@caselink/workflows";
import { ConfigError } from "./config.ts";

/** Splits `host:port`; a port alone means all addresses. */
export function parseAddress(name: string, address: string): { host: string; port: number } {
  const match = /^(?:(.+):)?(\d{1,5})$/.exec(address);
  if (!match) throw new ConfigError(`${name} is "${address}"; it takes a port or host:port`);
  return { host: match[1] ?? "0.0.0.0", port: Number(match[2]) };
}

/**
 * Serves `GET /live` (the process runs) and `GET /ready` (the worker takes chunks: it polls, and the API does not reject its
 * credentials), each with status 200 or 503, for the probes of an orchestrator.
 */
export async function serveHealth(worker: BatchWorker, address: { host: string; port: number }): Promise<Server> {
  const server = createServer((request, response) => {
    const state = worker.getState();
    const isGood = request.url === "/live" ? state !== "FAILED" : request.url === "/ready" ? worker.isReady : false;
    response.writeHead(isGood ? 200 : request.url === "/live" || request.url === "/ready" ? 503 : 404, {
      "content-type": "text/plain",
    });
    response.end(`${state}${state === "RUNNING" && !worker.isReady ? ", takes no chunk" : ""}\n`);
  });
  server.listen(address.port, address.host);
  await once(server, "listening");
  return server;
}
