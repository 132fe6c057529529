import type { BatchRecord } from "@caselink/ledger";
import { createOsmClient, createRateLimiter, type OsmClient } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import { clientOptionsOf, readApiConfig, type ApiConfig, type Environment } from "@caselink/worker/config";
import { UserError } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Settings } from "../settings.ts";

const REQUEST_LIMIT_MS = 15_000;

/** The API as `verify` and `plan --check` call it: from this process, without Temporal. */
export interface OpenApi extends AsyncDisposable {
  client: OsmClient;
}

/** @param maxRate maximum requests per second; the maximum of the environment applies as well */
export function openApi(config: ApiConfig, maxRate?: number): OpenApi {
  const { maxInFlight } = config;
  const rates = [maxRate, config.maxRate].filter((rate) => rate !== undefined);
  const rateLimiter = createRateLimiter(rates.length === 0 ? {} : { maxRate: Math.min(...rates) });
  const transport = createNodeTransport({ connections: maxInFlight });
  return {
    client: createOsmClient({
      ...clientOptionsOf(config),
      rateLimiter,
      fetch: transport,
      timeoutMs: REQUEST_LIMIT_MS,
    }),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

/**
 * A local worker serves the API that the environment names; a batch for another API would wait for ever.
 *
 * @throws {UserError} in local mode, if the batch is for another API
 */
export function requireSameApi(record: BatchRecord, { env, isLocal }: Settings): void {
  if (isLocal) readApiConfigOf(record, env);
}

/**
 * Reads the configuration for calling the API of a batch from this process.
 *
 * @throws {UserError} if the environment names another API
 */
export function readApiConfigOf(record: BatchRecord, env: Environment): ApiConfig {
  const config = readApiConfig(env);
  const { endpoint } = config;
  if (endpoint === record.endpoint) return config;
  throw new UserError(
    t`batch ${record.id} is for ${record.endpoint}, but the environment names ${endpoint}.\n  Set CASELINK_ENDPOINT=${record.endpoint}`,
  );
}
