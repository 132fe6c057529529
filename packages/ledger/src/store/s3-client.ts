import { S3Client } from "@aws-sdk/client-s3";
import { LedgerError } from "../ledger-error.ts";
import type { S3Location } from "./s3-location.ts";
import { S3Objects } from "./s3-objects.ts";

/** A connection on which nothing happens for so long is given up. */
const IDLE_LIMIT_MS = 30_000;
const CONNECT_LIMIT_MS = 5_000;
const TRIES = 5;

type Environment = Readonly<Record<string, string | undefined>>;

/** The objects of a bucket, with the endpoint, region and keys that the AWS variables name. Connects to nothing yet. */
export function openS3Objects({ bucket, prefix }: S3Location, env: Environment = process.env): S3Objects {
  const endpoint = readEndpoint(env);
  const region = readRegion(env, endpoint);
  const client = new S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint && {
      endpoint: endpoint.href,
      // Few storages other than AWS have a host name for every bucket.
      forcePathStyle: true,
    }),
    // The default adds checksums to every request that other storages refuse. Content-MD5 they all know.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    followRegionRedirects: endpoint === undefined,
    maxAttempts: TRIES,
    requestHandler: { connectionTimeout: CONNECT_LIMIT_MS, socketTimeout: IDLE_LIMIT_MS },
    // Its warnings would mix with the command's own output.
    logger: { debug() {}, info() {}, warn() {}, error() {}, trace() {} },
  });
  return new S3Objects(client, {
    bucket,
    host: endpoint?.host,
    region,
    keyOf: (path) => (prefix === "" ? path : `${prefix}/${path}`),
  });
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

/** Huawei names the region in the host. Where an endpoint is named, most other storages have but one. */
export function readRegion(env: Environment, endpoint: URL | undefined): string | undefined {
  const named = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  if (named) return named;
  if (!endpoint) return undefined;
  return /^obs\.([a-z0-9-]+)\.myhuaweicloud\./.exec(endpoint.hostname)?.[1] ?? "us-east-1";
}
