import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { parseScriptedFault, SimulatorConfigError } from "../config-schema.ts";
import { isRecord } from "../is-record.ts";
import type { JournalEntry } from "../journal-entry.ts";
import type { Simulator } from "../simulator.ts";

type Controlled = Omit<Simulator, "url" | "port" | "close" | typeof Symbol.asyncDispose>;

/** Lets other processes control the simulator. These requests do not count as requests to the API. */
export function addControlRoutes(app: FastifyInstance, simulator: Controlled): void {
  app.get("/__simulator/state", (request, reply) => {
    const withoutTickets = isRecord(request.query) && request.query["tickets"] === "false";
    return reply.send({
      ...(withoutTickets ? {} : { tickets: Object.fromEntries(simulator.tickets()) }),
      counts: simulator.counts(),
      violations: simulator.violations(),
    });
  });

  app.get("/__simulator/journal", (request, reply) => {
    const entries = selectEntries(simulator.journal(), isRecord(request.query) ? request.query : {});
    if (isRecord(request.query) && request.query["format"] === "json") return reply.send(entries);
    return reply.type("application/jsonl; charset=utf-8").send(Readable.from(jsonLines(entries)));
  });

  change(app, "/__simulator/config", (body) => {
    simulator.configure(body);
  });
  change(app, "/__simulator/reset", (body) => {
    simulator.reset(body);
  });
  change(app, "/__simulator/fail-next", (body) => {
    simulator.failNext(parseScriptedFault(body));
  });
  change(app, "/__simulator/clear-faults", () => {
    simulator.clearFaults();
  });
  change(app, "/__simulator/expire-tokens", () => {
    simulator.expireTokens();
  });
}

function change(app: FastifyInstance, path: string, apply: (body: Record<string, unknown>) => void): void {
  app.post(path, (request: FastifyRequest, reply: FastifyReply) => {
    try {
      apply(readJsonObject(request.body));
    } catch (error) {
      if (!(error instanceof SimulatorConfigError)) throw error;
      return reply.code(400).send({ error: error.message });
    }
    return reply.send({});
  });
}

function readJsonObject(rawBody: unknown): Record<string, unknown> {
  const text = Buffer.isBuffer(rawBody) ? rawBody.toString("utf8") : "";
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SimulatorConfigError("request body: is not JSON");
  }
  if (!isRecord(value)) throw new SimulatorConfigError("request body: must be a JSON object");
  return value;
}

function selectEntries(entries: JournalEntry[], query: Record<string, unknown>): JournalEntry[] {
  const { operation, ticket, after } = query;
  return entries.filter(
    (entry) =>
      (operation === undefined || entry.operation === operation) &&
      (ticket === undefined || entry.ticket === ticket) &&
      (after === undefined || entry.n > Number(after)),
  );
}

/** In portions, so that a long journal does not become one string. */
function* jsonLines(entries: JournalEntry[]): Generator<string> {
  const portion = 1_000;
  for (let start = 0; start < entries.length; start += portion) {
    yield entries
      .slice(start, start + portion)
      .map((entry) => `${JSON.stringify(entry)}\n`)
      .join("");
  }
}
