import { isArgumentError, type Authentication, type Transport } from "@caselink/sdk";
import { defaultCredentials } from "@caselink/sdk/credentials";

/** The environment lacks a value, or a value is invalid. The message names the variables to set. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration of a process that calls the API. */
export interface ApiConfig {
  /** Base URL of the API, without a trailing slash. */
  endpoint: string;
  authentication: Authentication;
  /** The variable or the file that contains the credentials; no secret. */
  credentialsFrom: string;
  /** Maximum requests per second of this process; default: no maximum. */
  maxRate: number | undefined;
  /** Maximum requests in flight; default 64. */
  maxInFlight: number;
}

/** The documented hosts: "Endpoints" of the API reference, one for each site. */
const SITES: Readonly<Record<string, string>> = {
  cn: "https://osm.cn-south-1.myhuaweicloud.com",
  intl: "https://osm.ap-southeast-3.myhuaweicloud.com",
  eu: "https://osm.eu-west-101.myhuaweicloud.eu",
};

/** @throws {ConfigError} */
export function readEndpoint(env: Environment): string {
  const site = env["CASELINK_SITE"];
  if (env["CASELINK_ENDPOINT"]) return httpUrl("CASELINK_ENDPOINT", env["CASELINK_ENDPOINT"]);
  if (!site) {
    throw new ConfigError("no API is named: set CASELINK_ENDPOINT to its base URL, or CASELINK_SITE to cn, intl or eu");
  }
  const endpoint = SITES[site];
  if (!endpoint) throw new ConfigError(`CASELINK_SITE is "${site}"; it takes cn, intl or eu`);
  return endpoint;
}

/** @throws {ConfigError} */
export function readApiConfig(env: Environment): ApiConfig {
  return {
    endpoint: readEndpoint(env),
    ...findCredentials(env),
    maxRate: positiveNumber(env, "CASELINK_MAX_RATE"),
    maxInFlight: wholeNumber(env, "CASELINK_IN_FLIGHT") ?? 64,
  };
}

function findCredentials(environment: Environment): Pick<ApiConfig, "authentication" | "credentialsFrom"> {
  try {
    const { auth, source } = defaultCredentials({ environment, fetch: transport });
    return { authentication: auth, credentialsFrom: source };
  } catch (error) {
    throw isArgumentError(error) ? new ConfigError(error.message) : error;
  }
}

let nodeTransport: Promise<Transport> | undefined;

/** Carries sign-ins through the same proxy as the API's requests. It is loaded when the first token is needed. */
const transport: Transport = async (url, request) => {
  nodeTransport ??= import("@caselink/sdk/node").then(({ createNodeTransport }) => createNodeTransport());
  return (await nodeTransport)(url, request);
};

function httpUrl(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new ConfigError(`${name} is not a plain http or https URL such as https://osm.example.com`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function wholeNumber(env: Environment, name: string): number | undefined {
  const value = env[name];
  if (!value) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new ConfigError(`${name} is "${value}"; it takes a whole number above 0`);
  return number;
}

function positiveNumber(env: Environment, name: string): number | undefined {
  const value = env[name];
  if (!value) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0)
    throw new ConfigError(`${name} is "${value}"; it takes a number above 0`);
  return number;
}
