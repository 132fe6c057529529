import type { FastifyInstance } from "fastify";
import { gatewayResponse, osmResponse } from "../simulated-response.ts";
import type { SimulatorCore } from "../simulator-core.ts";

/** Adds the gateway's response to an unknown path, and turns errors of the framework into documented responses. */
export function addUnknownRoute(app: FastifyInstance, core: SimulatorCore): void {
  app.setNotFoundHandler((request, reply) => {
    const { journal } = core.state;
    const [path = ""] = request.url.split("?");
    const entry = journal.open({ operation: "unknown", path: `${request.method} ${path}` }, core.now());
    const requestId = `simulator-${entry.n}`;
    const response = gatewayResponse("APIGW.0101", requestId);
    journal.close(entry, "answered", response);
    return reply.code(response.status).header("x-request-id", requestId).send(response.body);
  });
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    const message = error instanceof Error ? error.message : String(error);
    if (status < 500) {
      return reply.code(status).send(gatewayResponse("APIGW.0201", "simulator", { status, message }).body);
    }
    return reply.code(500).send({ ...osmResponse("OSM.0004").body, error_msg: `The simulator failed: ${message}` });
  });
}

function statusOf(error: unknown): number {
  const isError = typeof error === "object" && error !== null;
  return isError && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
}
