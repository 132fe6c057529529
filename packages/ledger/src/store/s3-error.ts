import { errorCode, errorMessage, isObject } from "@caselink/common";
import { LedgerError } from "../ledger-error.ts";
import { accessProblem, type Access } from "./access-problem.ts";
import { ADDRESS_STYLE, canHaveNamesBelow, type AddressStyle } from "./s3-address.ts";
import { ForeignResponseError, WrongBucketError } from "./s3-foreign-response.ts";

/** The bucket that requests go to, as far as error messages need it. Has no credentials. */
export interface S3Target {
  bucket: string;
  /** Host of the endpoint; undefined if the library chooses it. */
  host: string | undefined;
  addressStyle: AddressStyle;
  region: string | undefined;
  /** Returns the object key of a ledger path. */
  keyOf(path: string): string;
}

/** The parts of a library error that decide its meaning. */
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
/** The codes of OBS, OSS and COS for an address that begins with the host and not with the bucket. */
const REJECTED_PATH = new Set(["VirtualHostDomainRequired", "SecondLevelDomainForbidden", "PathStyleDomainForbidden"]);
const OLD_KEYS = new Set(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]);
/** The codes of storage that takes no more objects, with the statuses 403, 409 and 507. */
const FULL = new Set([
  "InsufficientStorageSpace",
  "QuotaExceeded",
  "XMinioStorageFull",
  "XMinioAdminBucketQuotaExceeded",
]);
/** The account itself, not its permissions. The first four are codes of OBS. */
const BAD_ACCOUNT = new Set([
  "AccountProblem",
  "DeregisterUserId",
  "FrozenUserId",
  "InArrearOrInsufficientBalance",
  "NotSignedUp",
  "UserDisable",
]);
/** The time in a signature is too far from the storage's. */
const WRONG_TIME = new Set(["RequestTimeTooSkewed", "RequestExpired"]);
/** Connection error codes: no response was received. */
const NO_RESPONSE =
  /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE|EPROTO|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** The name has no address, or the certificate does not cover it. */
const NO_NAME = /^(ENOTFOUND|EAI_|ERR_TLS_CERT_ALTNAME)/;

/** Translates an error of the S3 client into a ledger error. The message contains neither keys nor signatures. */
export function s3Error(error: unknown, target: S3Target, object: string, access: Access): LedgerError {
  if (error instanceof LedgerError) return error;
  const facts = factsOf(error);
  const [code, reason] =
    foreignProblem(error, facts, target) ??
    addressProblem(error, facts, target, access) ??
    configurationProblem(facts, target) ??
    temporaryProblem(error, facts, target) ??
    (["storage", `the object storage responded with ${shown(facts)}`] as const);
  return new LedgerError(code, accessProblem(access, object, reason), { cause: error });
}

/** True if the object does not exist but the bucket does. */
export function isNoSuchKey(error: unknown): boolean {
  const { name, status } = factsOf(error);
  // The response to a HEAD request has no body and therefore no error name.
  return name === "NoSuchKey" || (name === "NotFound" && status === 404);
}

/** True if the condition of a write did not hold. */
export function isPreconditionFailed(error: unknown): boolean {
  return factsOf(error).status === 412;
}

/** True if the storage rejected a request for its content. */
export function isBadRequest(error: unknown): boolean {
  return factsOf(error).status === 400;
}

/** True if the storage does not know the kind of a request, or one of its headers. */
export function isUnsupported(error: unknown): boolean {
  const { name, status } = factsOf(error);
  return status === 501 || ["NotImplemented", "InvalidArgument", "InvalidRequest", "MethodNotAllowed"].includes(name);
}

/** True if two writes collided and this one should be sent again. */
export function isWriteConflict(error: unknown): boolean {
  return factsOf(error).status === 409;
}

type Explanation = readonly [code: "configuration" | "unreachable" | "unavailable", reason: string];

const misconfigured = (reason: string): Explanation => ["configuration", reason];

function foreignProblem(error: unknown, { status }: Facts, { host }: S3Target): Explanation | undefined {
  // The client throws an error of its own if it cannot read a response that says that the request has succeeded.
  const isUnreadable = status !== undefined && status >= 200 && status < 300;
  if (!(error instanceof ForeignResponseError) && !isUnreadable) return undefined;
  const received =
    error instanceof ForeignResponseError ? error.received : `a response that cannot be read, with status ${status}`;
  return [
    "unreachable",
    `what responds at ${host ?? "its address"} is not object storage (${received}): sign in to the network or the proxy, or correct AWS_ENDPOINT_URL_S3`,
  ];
}

/** The storage does not know, or does not accept, the way in which requests name the bucket. */
function addressProblem(error: unknown, facts: Facts, target: S3Target, access: Access): Explanation | undefined {
  const { bucket, host, addressStyle } = target;
  if (host === undefined) return undefined;
  const { name, status } = facts;
  // The storage that rejects paths says so only for some requests: it responds to a write as if the object were missing.
  const isMissingAtWrite = access === "written" && status === 404 && name !== "NoSuchBucket";
  if (REJECTED_PATH.has(name) || (isMissingAtWrite && addressStyle === "path")) {
    return misconfigured(rejectedPath(target, host));
  }
  const isOther = error instanceof WrongBucketError;
  if (addressStyle === "virtual" && (isMissingAtWrite || isOther || name === "NoSuchBucket")) {
    return misconfigured(
      isOther
        ? `${bucket}.${host} leads to another bucket: create it, or correct its name or AWS_ENDPOINT_URL_S3. Storage without an address for each bucket needs ${ADDRESS_STYLE}=path`
        : `there is no bucket "${bucket}" at ${host}: create it, or correct its name or AWS_ENDPOINT_URL_S3. Storage without an address for each bucket needs ${ADDRESS_STYLE}=path`,
    );
  }
  return undefined;
}

function rejectedPath({ bucket, addressStyle }: S3Target, host: string): string {
  // The library falls back to a path, because the certificates of https do not cover such names.
  if (addressStyle === "virtual")
    return `the storage accepts only addresses that begin with the bucket, such as ${bucket}.${host}: use a bucket without a dot in its name, not ${bucket}`;
  const { hostname } = new URL(`http://${host}`);
  return canHaveNamesBelow(hostname)
    ? `the storage accepts only addresses that begin with the bucket, such as ${bucket}.${host}: unset ${ADDRESS_STYLE}`
    : `the storage accepts only addresses that begin with the bucket, such as ${bucket}.${host}: set AWS_ENDPOINT_URL_S3 to its domain name`;
}

function configurationProblem({ name, status, message }: Facts, { bucket, region }: S3Target): Explanation | undefined {
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    return misconfigured(`there are no keys for the object storage: ${NO_KEYS}`);
  }
  if (message === "Region is missing") return misconfigured("no region is set: set AWS_REGION");
  if (name === "NoSuchBucket") {
    return misconfigured(`there is no bucket "${bucket}": create it, or correct its name or AWS_ENDPOINT_URL_S3`);
  }
  if (name === "InvalidBucketName") return misconfigured(`"${bucket}" is not a valid bucket name`);
  if (status === 307 || status === 308) {
    return misconfigured(
      `the bucket "${bucket}" is at another address (${shown({ name, status, message })}): set AWS_REGION and AWS_ENDPOINT_URL_S3 to the bucket's; if the bucket is new, try again in an hour`,
    );
  }
  if (WRONG_REGION.has(name) || status === 301) {
    return misconfigured(
      region === undefined
        ? `the bucket "${bucket}" is in another region: set AWS_REGION to the bucket's`
        : `the bucket "${bucket}" is in another region, not in ${region}: set AWS_REGION to the bucket's`,
    );
  }
  if (UNKNOWN_KEY.has(name)) {
    return misconfigured("the storage does not know the access key: check AWS_ACCESS_KEY_ID");
  }
  if (name === "SignatureDoesNotMatch") {
    return misconfigured("the secret key does not match the access key: check AWS_SECRET_ACCESS_KEY");
  }
  if (OLD_KEYS.has(name)) return misconfigured("the keys have expired: get new ones");
  if (name === "InvalidToken") {
    return misconfigured("the storage does not accept the session token: get new keys, or unset AWS_SESSION_TOKEN");
  }
  if (FULL.has(name)) {
    return misconfigured(`the storage or the quota of the bucket "${bucket}" is full (${name}): free space in it`);
  }
  if (BAD_ACCOUNT.has(name)) {
    return misconfigured(`the storage rejects the account (${name}): check that it is active and its bills are paid`);
  }
  if (WRONG_TIME.has(name)) {
    return misconfigured("this machine's clock is wrong by more than the storage accepts: set the clock");
  }
  if (status === 401 || status === 403) {
    return misconfigured(
      `the keys have no permission for this in the bucket "${bucket}" (${name}): caselink must be allowed to list, get, put and delete objects`,
    );
  }
  return undefined;
}

function temporaryProblem(
  error: unknown,
  facts: Facts,
  { host, bucket, addressStyle }: S3Target,
): Explanation | undefined {
  const storage = host ?? "the object storage";
  const code = errorCode(error) ?? errorCode(isObject(error) ? error["cause"] : undefined);
  if (code !== undefined && NO_RESPONSE.test(code)) {
    if (host === undefined || addressStyle === "path" || !NO_NAME.test(code)) {
      return ["unreachable", `${storage} cannot be reached (${code}): check AWS_ENDPOINT_URL_S3 and the network`];
    }
    return [
      "unreachable",
      `${bucket}.${host} cannot be reached (${code}): check AWS_ENDPOINT_URL_S3 and the network. Storage without an address for each bucket needs ${ADDRESS_STYLE}=path`,
    ];
  }
  if (facts.name === "TimeoutError" || facts.name === "AbortError") {
    return ["unavailable", `${storage} did not respond in time; try again`];
  }
  const { status } = facts;
  if (status !== undefined && (status >= 500 || status === 429 || status === 408)) {
    return ["unavailable", `${storage} is not available and responded with ${shown(facts)}; try again later`];
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
