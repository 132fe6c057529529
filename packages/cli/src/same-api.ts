import type { BatchRecord } from "@caselink/ledger";
import { readApiConfig } from "@caselink/worker/config";
import { UserError } from "./user-error.ts";
import type { Settings } from "./settings.ts";

/** A local worker works for the API that the environment names: a batch for another one would wait for ever. */
export function requireSameApi(record: BatchRecord, { env, isLocal }: Settings): void {
  if (!isLocal) return;
  const { endpoint } = readApiConfig(env);
  if (endpoint === record.endpoint) return;
  throw new UserError(
    `batch ${record.id} is meant for ${record.endpoint}, but the environment names ${endpoint}: set CASELINK_ENDPOINT=${record.endpoint}`,
  );
}
