import type { PlainRequest } from "./plain-request.ts";
import { redact, secretsIn } from "./redaction.ts";
import type { ResponseHeaders } from "./transport.ts";

const SECRET = /^(?:set-cookie2?|authorization|x-(?:subject|auth|security)-token)$/i;

/** A response's headers without credentials: neither new ones nor those of the request, which servers may repeat. */
export function hideSecrets(headers: ResponseHeaders, request: Pick<PlainRequest, "headers">): ResponseHeaders {
  return {
    get(name) {
      const value = SECRET.test(name) ? null : headers.get(name);
      return value === null ? null : redact(value, secretsIn(request.headers.all()));
    },
  };
}
