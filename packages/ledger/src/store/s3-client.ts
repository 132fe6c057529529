import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { isObject } from "@caselink/common";
import { LedgerError } from "../ledger-error.ts";
import { readAddressStyle } from "./s3-address.ts";
import { rejectForeignResponses } from "./s3-foreign-response.ts";
import type { S3Location } from "./s3-location.ts";
import { S3Objects } from "./s3-objects.ts";

/** A connection without traffic for this time is closed. */
const IDLE_LIMIT_MS = 30_000;
const CONNECT_LIMIT_MS = 5_000;
const MAX_TRIES = 5;

type Environment = Readonly<Record<string, string | undefined>>;

/** Most connections at a time, as without an agent of our own. */
const MAX_CONNECTIONS = 50;

export interface S3ClientOptions {
  /** Finds the addresses of host names; default: the system. */
  lookup?: LookupFunction;
}

/**
 * Creates a client for a bucket with the endpoint, region and keys from the AWS variables. Opens no connection yet.
 * Throws `configuration` if the endpoint is not a plain http or https URL, or for an unknown style of addresses.
 */
export function openS3Objects(
  { bucket, prefix }: S3Location,
  env: Environment = process.env,
  { lookup }: S3ClientOptions = {},
): S3Objects {
  const endpoint = readEndpoint(env);
  const region = readRegion(env, endpoint);
  const addressStyle = readAddressStyle(env, endpoint);
  const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS, lookup };
  const client = new S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint && { endpoint: endpoint.href }),
    forcePathStyle: addressStyle === "path",
    // By default the client adds checksums that OBS and other services reject. All of them accept Content-MD5.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    followRegionRedirects: endpoint === undefined,
    maxAttempts: MAX_TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_LIMIT_MS,
      socketTimeout: IDLE_LIMIT_MS,
      ...(lookup && { httpAgent: new HttpAgent(agentOptions), httpsAgent: new HttpsAgent(agentOptions) }),
    },
    // The client's warnings would mix with the command's own output.
    logger: { debug() {}, info() {}, warn() {}, error() {}, trace() {} },
  });
  rejectForeignResponses(client);
  if (endpoint) leaveBodiesUnsigned(client);
  return new S3Objects(client, {
    bucket,
    host: endpoint?.host,
    addressStyle,
    region,
    keyOf: (path) => (prefix === "" ? path : `${prefix}/${path}`),
  });
}

/**
 * OBS accepts no other signature that the client can make. Content-MD5 is signed, and detects a body that was changed on
 * the way.
 */
function leaveBodiesUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (isObject(request) && isObject(request["headers"])) {
        request["headers"]["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
      }
      return next(args);
    },
    { name: "caselinkUnsignedBodies", step: "build" },
  );
}

function readEndpoint(env: Environment): URL | undefined {
  const name = env["AWS_ENDPOINT_URL_S3"] ? "AWS_ENDPOINT_URL_S3" : "AWS_ENDPOINT_URL";
  const value = env[name];
  if (!value) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new LedgerError(
      "configuration",
      `${name} is not a plain http or https URL such as https://obs.cn-north-4.myhuaweicloud.com.`,
    );
  }
  return url;
}

/**
 * The region from the AWS variables, or else the one in the host name of a Huawei Cloud endpoint. `us-east-1` for other
 * endpoints, as most of them have only one region. Undefined if neither a region nor an endpoint is set.
 */
export function readRegion(env: Environment, endpoint: URL | undefined): string | undefined {
  const named = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  if (named) return named;
  if (!endpoint) return undefined;
  return /^obs\.([a-z0-9-]+)\.myhuaweicloud\./.exec(endpoint.hostname)?.[1] ?? "us-east-1";
}
