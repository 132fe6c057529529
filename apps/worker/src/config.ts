import { iamPassword, signature, staticToken, type Authentication } from "@caselink/sdk";

/** The environment does not say what is needed; the message names the variables to set. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a process that calls the API is told by its environment. */
export interface ApiConfig {
  /** Base URL of the API, without a slash at its end. */
  endpoint: string;
  authentication: Authentication;
  /** One word for how it signs in; no secret. */
  signsInWith: "token" | "password" | "access key";
  /** Most requests a second of this process; default: no maximum. */
  maxRate: number | undefined;
  /** Tickets worked at once; default 256. */
  inFlight: number;
}

/** The documented hosts: "Endpoints" of the API reference, one for each site. */
const SITES: Readonly<Record<string, string>> = {
  cn: "https://osm.cn-south-1.myhuaweicloud.com",
  intl: "https://osm.ap-southeast-3.myhuaweicloud.com",
  eu: "https://osm.eu-west-101.myhuaweicloud.eu",
};
const IAM_ENDPOINT = "https://iam.myhuaweicloud.com";

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
    ...readAuthentication(env),
    maxRate: positiveNumber(env, "CASELINK_MAX_RATE"),
    inFlight: positiveNumber(env, "CASELINK_IN_FLIGHT") ?? 256,
  };
}

type SignIn = Pick<ApiConfig, "authentication" | "signsInWith">;

/** A ready token wins over a password, a password over an access key. */
function readAuthentication(env: Environment): SignIn {
  const token = env["CASELINK_TOKEN"];
  if (token) return { authentication: staticToken(token), signsInWith: "token" };
  if (env["CASELINK_IAM_USER"]) return { authentication: readPassword(env), signsInWith: "password" };
  if (env["HUAWEICLOUD_SDK_AK"]) return { authentication: readAccessKey(env), signsInWith: "access key" };
  throw new ConfigError(
    "no credentials: set CASELINK_TOKEN; or CASELINK_IAM_USER, CASELINK_IAM_PASSWORD and CASELINK_IAM_DOMAIN; or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK",
  );
}

function readPassword(env: Environment): Authentication {
  const projectId = env["CASELINK_IAM_PROJECT_ID"];
  return iamPassword({
    iamEndpoint: httpUrl("CASELINK_IAM_ENDPOINT", env["CASELINK_IAM_ENDPOINT"] || IAM_ENDPOINT),
    user: needed(env, "CASELINK_IAM_USER"),
    password: needed(env, "CASELINK_IAM_PASSWORD"),
    domain: needed(env, "CASELINK_IAM_DOMAIN"),
    ...(projectId && { projectId }),
  });
}

function readAccessKey(env: Environment): Authentication {
  return signature({
    accessKey: needed(env, "HUAWEICLOUD_SDK_AK"),
    secretKey: needed(env, "HUAWEICLOUD_SDK_SK"),
    securityToken: env["HUAWEICLOUD_SDK_SECURITY_TOKEN"] || undefined,
    domainId: env["HUAWEICLOUD_SDK_DOMAIN_ID"] || undefined,
  });
}

/** A variable that others that are set ask for. */
function needed(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new ConfigError(`the credentials are not complete: ${name} is not set`);
  return value;
}

function httpUrl(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new ConfigError(`${name} is not a plain http or https URL such as https://osm.example.com`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function positiveNumber(env: Environment, name: string): number | undefined {
  const value = env[name];
  if (!value) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0)
    throw new ConfigError(`${name} is "${value}"; it takes a number above 0`);
  return number;
}
