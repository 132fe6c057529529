import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { Health } from "./health.ts";

/**
 * Serves `GET /live` (the event loop responds, and the worker has not failed) and `GET /ready` (the worker takes chunks, and
 * what it needs works), each with status 200 or 503, for the probes of an orchestrator. The body says in words what is wrong.
 */
export async function serveHealth(health: Health, address: { host: string; port: number }): Promise<Server> {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? "").split("?");
    const problems = path === "/live" ? [health.failure].flatMap((one) => one ?? []) : health.problems;
    const name = path === "/live" || path === "/ready" ? path.slice(1) : undefined;
    response.writeHead(name === undefined ? 404 : problems.length === 0 ? 200 : 503, {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
    });
    if (name === undefined) response.end("there are /live and /ready\n");
    else response.end(problems.length === 0 ? `${name}\n` : `not ${name}: ${problems.join("; ")}\n`);
  });
  server.listen(address.port, address.host);
  await once(server, "listening");
  return server;
}
