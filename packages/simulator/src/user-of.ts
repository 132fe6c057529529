import type { IncomingHttpHeaders } from "node:http";
import { parseAuthorization } from "./signature.ts";
import type { TokenIssuer } from "./token-issuer.ts";

/** The caller: the name of the user that a token was issued to, else the token, or the access key; empty without credentials. */
export function userOf(headers: IncomingHttpHeaders, issuer: TokenIssuer): string {
  const token = headers["x-auth-token"];
  if (typeof token === "string") return issuer.userOf(token) ?? token;
  return parseAuthorization(headers["authorization"] ?? "")?.accessKey ?? "";
}
