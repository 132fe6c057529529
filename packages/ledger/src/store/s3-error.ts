import { errorCode, errorMessage, isObject } from "../error-facts.ts";
import { LedgerError } from "../ledger-error.ts";

/** What is needed to tell of a failed request; no credentials. */
export interface S3Place {
  bucket: string;
  /** Host of the endpoint; undefined where the library chooses it. */
  host: string | undefined;
  region: string | undefined;
  /** The key of a path of the ledger. */
  keyOf(path: string): string;
}

interface Facts {
  name: string;
  status: number | undefined;
  message: string;
}

const NO_KEYS =
  "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary keys), or AWS_PROFILE";

const UNKNOWN_KEY = new Set(["InvalidAccessKeyId", "XAdminUserNotFound"]);
const WRONG_REGION = new Set([
  "AuthorizationHeaderMalformed",
  "PermanentRedirect",
  "IllegalLocationConstraintException",
]);
const OLD_KEYS = new Set(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]);
/** Faults of the way there: no answer was seen. */
const NO_ANSWER =
  /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE|EPROTO|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** What to tell of a failed request. The message holds neither keys nor signatures. */
export function s3Error(error: unknown, place: S3Place, object: string, verb: string): LedgerError {
  if (error instanceof LedgerError) return error;
  const facts = factsOf(error);
  const [code, reason] =
    configurationFault(facts, place) ??
    passingFault(error, facts, place) ??
    (["storage", `the object storage answered ${shown(facts)}`] as const);
  return new LedgerError(code, `${object} cannot be ${verb}: ${reason}.`, { cause: error });
}

/** True where the object is not there, and the bucket is. */
export function isNoSuchKey(error: unknown): boolean {
  const { name, status } = factsOf(error);
  // The answer to a HEAD request has no body, and so no name.
  return name === "NoSuchKey" || (name === "NotFound" && status === 404);
}

/** True where a condition of a write did not hold. */
export function isPreconditionFailed(error: unknown): boolean {
  return factsOf(error).status === 412;
}

/** True where two writes met and this one is to be tried again. */
export function isWriteConflict(error: unknown): boolean {
  return factsOf(error).status === 409;
}

type Told = readonly [code: "configuration" | "unreachable" | "unavailable", reason: string];

const told = (reason: string): Told => ["configuration", reason];

function configurationFault({ name, status, message }: Facts, { bucket, region }: S3Place): Told | undefined {
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    return told(`there are no keys for the object storage: ${NO_KEYS}`);
  }
  if (message === "Region is missing") return told("no region is named: set AWS_REGION");
  if (name === "NoSuchBucket") {
    return told(`there is no bucket "${bucket}" there: create it, or mend the name and AWS_ENDPOINT_URL_S3`);
  }
  if (name === "InvalidBucketName") return told(`"${bucket}" is no name of a bucket`);
  if (WRONG_REGION.has(name) || status === 301) {
    const used = region === undefined ? "" : `, not in ${region}`;
    return told(`the bucket "${bucket}" is in another region${used}: set AWS_REGION to the bucket's`);
  }
  if (UNKNOWN_KEY.has(name)) return told("the storage does not know the access key: check AWS_ACCESS_KEY_ID");
  if (name === "SignatureDoesNotMatch") {
    return told("the secret key does not fit the access key: check AWS_SECRET_ACCESS_KEY");
  }
  if (OLD_KEYS.has(name)) return told("the keys have expired: get new ones");
  if (name === "RequestTimeTooSkewed") return told("this machine's clock is wrong by more than the storage accepts");
  if (status === 401 || status === 403) {
    return told(
      `the keys may not do this in the bucket "${bucket}" (${name}): caselink needs to list, get, put and delete objects`,
    );
  }
  return undefined;
}

function passingFault(error: unknown, facts: Facts, { host }: S3Place): Told | undefined {
  const where = host ?? "the object storage";
  const code = errorCode(error) ?? errorCode(isObject(error) ? error["cause"] : undefined);
  if (code !== undefined && NO_ANSWER.test(code)) {
    return ["unreachable", `${where} cannot be reached (${code}): check AWS_ENDPOINT_URL_S3 and the network`];
  }
  if (facts.name === "TimeoutError" || facts.name === "AbortError") {
    return ["unavailable", `${where} did not answer in time; try again`];
  }
  const { status } = facts;
  if (status !== undefined && (status >= 500 || status === 429 || status === 408)) {
    return ["unavailable", `${where} is in trouble and answered ${shown(facts)}; try again later`];
  }
  return undefined;
}

function shown({ name, status }: Facts): string {
  return status === undefined ? name : `${status} ${name}`;
}

function factsOf(error: unknown): Facts {
  const name = isObject(error) && typeof error["name"] === "string" ? error["name"] : "an error";
  const metadata = isObject(error) && isObject(error["$metadata"]) ? error["$metadata"] : {};
  const status = metadata["httpStatusCode"];
  return { name, status: typeof status === "number" ? status : undefined, message: errorMessage(error) };
}
