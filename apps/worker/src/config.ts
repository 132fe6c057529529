import {
  isArgumentError,
  SITES,
  type Authentication,
  type OsmClientOptions,
  type SiteName,
  type Transport,
} from "@caselink/sdk";
import { defaultCredentials, type CredentialsIdentity } from "@caselink/sdk/credentials";
import packageJson from "../package.json" with { type: "json" };
import { accountOf } from "./account.ts";

/** The environment lacks a value, or a value is invalid. The message names the variables to set. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration of a process that calls the API. */
export interface ApiConfig {
  /** Base URL of the API, without a trailing slash. */
  endpoint: string;
  /** The site of `CASELINK_SITE`; undefined if it is not set. */
  site: keyof typeof SITES | undefined;
  authentication: Authentication;
  /** The variable or the file that contains the credentials; no secret. */
  credentialsFrom: string;
  /** The owner of the credentials, for messages: it is not secret, and is never stored. Undefined for a token. */
  identity: CredentialsIdentity | undefined;
  /** The account, as batches and task queues name it; undefined for a token. */
  account: string | undefined;
  /** Maximum requests per second of this process; default: no maximum. */
  maxRate: number | undefined;
  /** Maximum requests in flight; default 64. */
  maxInFlight: number;
}

/** @throws {ConfigError} */
export function readEndpoint(env: Environment): string {
  const site = readSite(env);
  if (env["CASELINK_ENDPOINT"]) return httpUrl("CASELINK_ENDPOINT", env["CASELINK_ENDPOINT"]);
  if (site) return SITES[site].endpoint;
  throw new ConfigError("no API is named: set CASELINK_ENDPOINT to its base URL, or CASELINK_SITE to cn, intl or eu");
}

function readSite(env: Environment): keyof typeof SITES | undefined {
  const site = env["CASELINK_SITE"];
  if (!site) return undefined;
  if (!isSite(site))
    throw new ConfigError(
      `CASELINK_SITE in the environment is ${JSON.stringify(site)}, which is no site: set it to cn, intl or eu`,
    );
  return site;
}

const isSite = (name: string): name is keyof typeof SITES => Object.hasOwn(SITES, name);

/** The value for `X-Site`: of the sites, the API documents only China and International. */
export function xSiteOf({ site }: Pick<ApiConfig, "site">): SiteName | undefined {
  return site === "eu" ? undefined : site;
}

/** The options of every client of the API in caselink: its address, credentials and site, and how caselink names itself. */
export function clientOptionsOf(
  config: Pick<ApiConfig, "endpoint" | "authentication" | "site">,
): Pick<OsmClientOptions, "endpoint" | "auth" | "site" | "userAgent"> {
  const { endpoint, authentication: auth } = config;
  return { endpoint, auth, site: xSiteOf(config), userAgent: `caselink/${packageJson.version}` };
}

/** @throws {ConfigError} */
export function readApiConfig(env: Environment): ApiConfig {
  return {
    endpoint: readEndpoint(env),
    site: readSite(env),
    ...findCredentials(env),
    maxRate: positiveNumber(env, "CASELINK_MAX_RATE"),
    maxInFlight: wholeNumber(env, "CASELINK_IN_FLIGHT") ?? 64,
  };
}

/** IAM's address: that of the environment, else that of the site; undefined: the global one. */
export function readIamEndpoint(env: Environment): string | undefined {
  const site = readSite(env);
  return env["CASELINK_IAM_ENDPOINT"] || (site && SITES[site].iamEndpoint);
}

function findCredentials(
  env: Environment,
): Pick<ApiConfig, "authentication" | "credentialsFrom" | "identity" | "account"> {
  const environment = { ...env, CASELINK_IAM_ENDPOINT: readIamEndpoint(env) };
  try {
    const { auth, source, identity } = defaultCredentials({ environment, fetch: transport });
    return { authentication: auth, credentialsFrom: source, identity, account: accountOf(identity) };
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
