import { expect, test } from "vitest";
import { readConnectionFailure } from "./connection-failure.ts";

const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });

test.each<[string, unknown, string, string]>([
  ["a refused connection", coded("ECONNREFUSED"), "refused", "no"],
  ["fetch's wrapper of it", new TypeError("fetch failed", { cause: coded("ECONNREFUSED") }), "refused", "no"],
  [
    "one refused connection for each address",
    new TypeError("fetch failed", { cause: new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")]) }),
    "refused",
    "no",
  ],
  ["a name without address", coded("ENOTFOUND", { syscall: "getaddrinfo" }), "dns", "no"],
  ["a connection that took too long", coded("UND_ERR_CONNECT_TIMEOUT"), "timeout", "no"],
  ["the system's timeout while connecting", coded("ETIMEDOUT", { syscall: "connect" }), "timeout", "no"],
  ["the system's timeout while reading", coded("ETIMEDOUT", { syscall: "read" }), "timeout", "unknown"],
  ["a reset", coded("ECONNRESET", { syscall: "read" }), "reset", "unknown"],
  ["the other side closing", coded("UND_ERR_SOCKET"), "reset", "unknown"],
  ["no route to the host", coded("EHOSTUNREACH", { syscall: "connect" }), "network", "no"],
  ["an error that states that nothing was sent", { wasSent: "no" }, "unsent", "no"],
  ["a known code in it", { wasSent: "no", cause: coded("UND_ERR_SOCKET") }, "reset", "no"],
  ["a certificate of its own", coded("DEPTH_ZERO_SELF_SIGNED_CERT"), "untrusted", "no"],
  ["a certificate of another host", coded("ERR_TLS_CERT_ALTNAME_INVALID"), "untrusted", "no"],
  ["a server without TLS", coded("ERR_SSL_WRONG_VERSION_NUMBER"), "network", "no"],
  ["a browser's failure", new TypeError("Failed to fetch"), "network", "unknown"],
  ["anything", "boom", "network", "unknown"],
])("%s", (_what, error, kind, wasSent) => {
  expect(readConnectionFailure(error)).toMatchObject({ kind, wasSent });
});

test("causes that refer to each other in a circle do not loop forever", () => {
  const error = new Error("round");
  error.cause = error;
  expect(readConnectionFailure(error).kind).toBe("network");
});
