import { loadClientConfigProfile, toClientOptions, type ClientConfigProfile } from "@temporalio/envconfig";
import { checkTls } from "./check-temporal-tls.ts";
import { ConfigError, type Environment } from "./config.ts";

export type TemporalConfig = ReturnType<typeof toClientOptions>;

/** The variables that take true or false begin with this. */
const SWITCHES = /^TEMPORAL_TLS(?:$|_DISABLE)/;

/**
 * Reads Temporal's own environment configuration: `TEMPORAL_*` variables and `temporal.toml`. An empty variable counts as not
 * set.
 *
 * @throws {ConfigError} names the variable; contains no secret
 */
export function readTemporalConfig(env: Environment): TemporalConfig {
  const variables = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => isSet(...entry)),
  );
  checkSwitches(variables);
  const profile = readProfile(variables);
  checkTls(profile.tls);
  checkHeaders(profile);
  const config = toClientOptions(profile);
  checkKeyIsSecret(config);
  return config;
}

/** True if an address is configured: batches run on that cluster, else locally. */
export function namesCluster(config: TemporalConfig): boolean {
  return config.connectionOptions.address !== undefined;
}

/** An empty variable of a header removes the header from `temporal.toml`. */
const isSet = (name: string, value: string | undefined): boolean =>
  value !== undefined && (value !== "" || name.startsWith("TEMPORAL_GRPC_META_"));

function checkSwitches(env: Readonly<Record<string, string>>): void {
  // Temporal reads any other word as false, and TEMPORAL_TLS=TRUE would switch TLS off.
  for (const [name, value] of Object.entries(env).filter(([each]) => SWITCHES.test(each))) {
    if (!/^(?:true|false|1|0)$/.test(value)) throw new ConfigError(`${name} is "${value}"; it takes true or false`);
    if (name.endsWith("VERIFICATION") && /^(?:true|1)$/.test(value))
      throw new ConfigError(
        `${name} is not supported: set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the authority of the server's certificate, and TEMPORAL_TLS_SERVER_NAME to the name in it`,
      );
  }
}

function readProfile(overrideEnvVars: Record<string, string>): ClientConfigProfile {
  try {
    return loadClientConfigProfile({ overrideEnvVars });
  } catch (error) {
    throw problemOf(error, overrideEnvVars["TEMPORAL_PROFILE"]);
  }
}

function problemOf(error: unknown, profile: string | undefined): ConfigError {
  // The parser of TOML goes on with lines of the file, which may have an API key.
  const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  if (profile !== undefined && reason.startsWith("Profile '"))
    return new ConfigError(`TEMPORAL_PROFILE is "${profile}", and temporal.toml has no profile of that name`);
  // Temporal's library takes the section for granted.
  if (error instanceof TypeError)
    return new ConfigError(`temporal.toml has no section [profile.${profile ?? "default"}]`);
  return new ConfigError(`the Temporal configuration (TEMPORAL_*, temporal.toml) cannot be read: ${reason}`);
}

/** The errors of gRPC would show the values. */
function checkHeaders({ apiKey, grpcMeta = {} }: ClientConfigProfile): void {
  if (apiKey !== undefined && !/^[!-~]+$/.test(apiKey))
    throw new ConfigError(
      "TEMPORAL_API_KEY (or api_key in temporal.toml) has a blank, a line break or another character that is in no key: copy it again",
    );
  for (const [name, value] of Object.entries(grpcMeta))
    if (!/^[ -~]*$/.test(value))
      throw new ConfigError(
        `TEMPORAL_GRPC_META_* (or grpc_meta in temporal.toml): the value of ${name} has a line break or another character that no header can have`,
      );
}

function checkKeyIsSecret({ connectionOptions: { address = "", apiKey, tls } }: TemporalConfig): void {
  if (apiKey === undefined || tls !== false || /^(?:localhost|127\.[\d.]+|\[::1\])(?::|$)/.test(address)) return;
  throw new ConfigError(
    "TEMPORAL_TLS is false and TEMPORAL_API_KEY is set: others on the network could read the key. Set TEMPORAL_TLS to true, or unset it",
  );
}
