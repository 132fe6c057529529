import type { BatchRecord } from "@caselink/ledger";
import { readApiConfig, type ApiConfig, type Environment } from "@caselink/worker/config";
import { UserError } from "./user-error.ts";
import type { Settings } from "./settings.ts";

/** A local worker works for the API that the environment names: a batch for another one would wait for ever. */
export function requireSameApi(record: BatchRecord, { env, isLocal }: Settings): void {
  if (isLocal) readApiConfigOf(record, env);
}

/** How to call the API that a batch is meant for from this process. @throws {UserError} where the environment names another */
export function readApiConfigOf(record: BatchRecord, env: Environment): ApiConfig {
  const config = readApiConfig(env);
  const { endpoint } = config;
  if (endpoint === record.endpoint) return config;
  throw new UserError(
    `batch ${record.id} is meant for ${record.endpoint}, but the environment names ${endpoint}: set CASELINK_ENDPOINT=${record.endpoint}`,
  );
}
