import { loadClientConnectConfig } from "@temporalio/envconfig";
import { ConfigError, type Environment } from "./config.ts";

export type TemporalConfig = ReturnType<typeof loadClientConnectConfig>;

/** Reads Temporal's own environment configuration: `TEMPORAL_*` variables and `temporal.toml`. */
export function readTemporalConfig(env: Environment): TemporalConfig {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  try {
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    throw new ConfigError(`the Temporal configuration cannot be read: ${String(error)}`, { cause: error });
  }
}

/** True if an address is configured: batches run on that cluster, else locally. */
export function namesCluster(config: TemporalConfig): boolean {
  return config.connectionOptions.address !== undefined;
}
