import type { CompleteConfig, SimulatorKey } from "./config.ts";
import type { KeyLocks } from "./key-locks.ts";
import { parseAuthorization, parseSdkDate, signatureOf, type Authorization, type SignedRequest } from "./signature.ts";
import type { TokenIssuer } from "./token-issuer.ts";

/** Source: "API Signing Guide": the server rejects requests that were signed more than 15 minutes before or after. */
const MAX_CLOCK_SKEW_MS = 15 * 60 * 1_000;

/** The reason for which the gateway rejects the caller. */
export interface CredentialRejection {
  readonly code: "APIGW.0301" | "APIGW.0307";
  readonly message: string;
}

/** What the gateway knows of credentials. */
interface CredentialState {
  readonly config: Pick<CompleteConfig, "tokens" | "keys">;
  readonly issuer: TokenIssuer;
  readonly keyLocks: KeyLocks | undefined;
}

/** Checks the token or the signature; the token if the request has both. Undefined: the credentials are valid. */
export function findCredentialRejection(
  request: SignedRequest,
  { config, issuer, keyLocks }: CredentialState,
  nowMs: number,
): CredentialRejection | undefined {
  const token = request.headers["x-auth-token"];
  if (typeof token === "string") return rejectionOfToken(token, config, issuer, nowMs);
  const header = request.headers["authorization"];
  if (typeof header !== "string") return incorrect("x-auth-token not found");
  const authorization = parseAuthorization(header);
  if (authorization === undefined) return incorrect("authorization format incorrect");
  const key = config.keys.find(({ accessKey }) => accessKey === authorization.accessKey);
  if (key === undefined) return incorrect("Get secretKey failed");
  if (keyLocks?.isLocked(key.accessKey, nowMs)) return incorrect("AK access failed to reach the limit, forbidden");
  const rejection = rejectionOfSignature(authorization, request, key, nowMs);
  keyLocks?.record(key.accessKey, rejection !== undefined, nowMs);
  return rejection;
}

function rejectionOfToken(
  token: string,
  config: Pick<CompleteConfig, "tokens">,
  issuer: TokenIssuer,
  nowMs: number,
): CredentialRejection | undefined {
  if (config.tokens.includes(token)) return undefined;
  const state = issuer.stateOf(token, nowMs);
  if (state === "unknown") return incorrect("decrypt token fail");
  return state === "valid" ? undefined : { code: "APIGW.0307", message: "The token must be updated." };
}

function rejectionOfSignature(
  authorization: Authorization,
  request: SignedRequest,
  key: SimulatorKey,
  nowMs: number,
): CredentialRejection | undefined {
  const date = request.headers["x-sdk-date"];
  const signedAtMs = typeof date === "string" ? parseSdkDate(date) : undefined;
  if (signedAtMs === undefined || !authorization.signedHeaders.includes("x-sdk-date")) {
    return incorrect("x-sdk-date not found or not signed");
  }
  if (Math.abs(nowMs - signedAtMs) > MAX_CLOCK_SKEW_MS) return incorrect("x-sdk-date is more than 15 minutes off");
  if (key.securityToken !== undefined && request.headers["x-security-token"] !== key.securityToken) {
    return incorrect("x-security-token not found or wrong");
  }
  const expected = signatureOf(request, authorization.signedHeaders, key.secretKey);
  return expected === authorization.signature ? undefined : incorrect("verify aksk signature fail");
}

function incorrect(reason: string): CredentialRejection {
  return { code: "APIGW.0301", message: `Incorrect IAM authentication information: ${reason}` };
}
