import { createOsmClient, createPace, type OsmClient } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import type { ApiConfig } from "@caselink/worker/config";

const REQUEST_LIMIT_MS = 15_000;

/** The API called from this process, without Temporal. */
export interface OpenApi extends AsyncDisposable {
  client: OsmClient;
}

/** @param maxRate requests a second at most; what the environment allows is never exceeded */
export function openApi(config: ApiConfig, maxRate?: number): OpenApi {
  const { endpoint, authentication, inFlight } = config;
  const rates = [maxRate, config.maxRate].filter((rate) => rate !== undefined);
  const pace = createPace(rates.length === 0 ? {} : { maxRate: Math.min(...rates) });
  const transport = createNodeTransport({ connections: inFlight });
  return {
    client: createOsmClient({ endpoint, auth: authentication, pace, fetch: transport, timeoutMs: REQUEST_LIMIT_MS }),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}
