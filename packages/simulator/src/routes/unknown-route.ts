import type { FastifyInstance } from "fastify";
import { gatewayAnswer, osmAnswer } from "../answer.ts";
import type { SimulatorCore } from "../simulator-core.ts";

/** What the gateway answers where the API ends, and what framework errors are turned into. */
export function addUnknownRoute(app: FastifyInstance, core: SimulatorCore): void {
  app.setNotFoundHandler((request, reply) => {
    const { journal } = core.world;
    const [path = ""] = request.url.split("?");
    const entry = journal.open({ operation: "unknown", path: `${request.method} ${path}` }, core.now());
    const requestId = `simulator-${entry.n}`;
    const answer = gatewayAnswer("APIGW.0101", requestId);
    journal.close(entry, "answered", answer);
    return reply.code(answer.status).header("x-request-id", requestId).send(answer.body);
  });
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    const message = error instanceof Error ? error.message : String(error);
    if (status < 500) {
      return reply.code(status).send(gatewayAnswer("APIGW.0201", "simulator", { status, message }).body);
    }
    return reply.code(500).send({ ...osmAnswer("OSM.0004").body, error_msg: `The simulator failed: ${message}` });
  });
}

function statusOf(error: unknown): number {
  const isError = typeof error === "object" && error !== null;
  return isError && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
}
