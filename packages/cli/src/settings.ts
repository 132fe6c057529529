import { namesCluster, readTemporalConfig, type Environment, type TemporalConfig } from "@caselink/worker/config";
import { readPlaces, type Places } from "./places.ts";
import { UserError } from "./user-error.ts";

/** What the environment says of where things are, and which Temporal works; nothing is connected yet. */
export interface Settings extends Places {
  temporal: TemporalConfig;
  isLocal: boolean;
}

/** @throws {ConfigError} */
export function readSettings(env: Environment): Settings {
  const temporal = readTemporalConfig(env);
  return { ...readPlaces(env), temporal, isLocal: !namesCluster(temporal) };
}

/** The workers of a cluster read the batch from the ledger: one in this machine's state folder would be lost on them. */
export function requireSharedLedger({ env, isLocal, temporal }: Settings): void {
  if (isLocal || env["CASELINK_LEDGER"]) return;
  throw new UserError(
    `no ledger is named for the cluster at ${temporal.connectionOptions.address ?? "its address"}: set CASELINK_LEDGER to the folder, or the s3://bucket/prefix, that its workers use, too`,
  );
}
