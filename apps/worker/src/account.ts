import { createHash } from "node:crypto";
import type { CredentialsIdentity } from "@caselink/sdk/credentials";

const DIGITS = 16;

/**
 * Identifies an account without naming it: the first 16 hex digits of the SHA-256 of user and domain, or of the access key id.
 * Undefined for a token, which does not say whose it is.
 */
export function accountOf(identity: CredentialsIdentity | undefined): string | undefined {
  if (identity === undefined) return undefined;
  const parts = "user" in identity ? ["user", identity.domain, identity.user] : ["key", identity.accessKey];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, DIGITS);
}

/** Names the account for people, with the user and domain or the access key id of this environment. */
export function describeIdentity(identity: CredentialsIdentity | undefined): string {
  if (identity === undefined) return "a token, which does not say whose it is";
  if ("user" in identity) return `user ${identity.user} of domain ${identity.domain}`;
  return `access key ${identity.accessKey}`;
}
