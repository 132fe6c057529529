import { expect, test } from "vitest";
import { readConnectionFault } from "./connection-fault.ts";

const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });

test.each<[string, unknown, string, boolean]>([
  ["a refused connection", coded("ECONNREFUSED"), "refused", true],
  ["fetch's wrapper of it", new TypeError("fetch failed", { cause: coded("ECONNREFUSED") }), "refused", true],
  [
    "one refusal for each address",
    new TypeError("fetch failed", { cause: new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")]) }),
    "refused",
    true,
  ],
  ["a name without address", coded("ENOTFOUND", { syscall: "getaddrinfo" }), "dns", true],
  ["a connection that took too long", coded("UND_ERR_CONNECT_TIMEOUT"), "timeout", true],
  ["the system's timeout while connecting", coded("ETIMEDOUT", { syscall: "connect" }), "timeout", true],
  ["the system's timeout while reading", coded("ETIMEDOUT", { syscall: "read" }), "timeout", false],
  ["a reset", coded("ECONNRESET", { syscall: "read" }), "reset", false],
  ["the other side closing", coded("UND_ERR_SOCKET"), "reset", false],
  ["no route to the host", coded("EHOSTUNREACH", { syscall: "connect" }), "network", true],
  ["a browser's failure", new TypeError("Failed to fetch"), "network", false],
  ["anything", "boom", "network", false],
])("%s", (_what, error, kind, isUnsent) => {
  expect(readConnectionFault(error)).toMatchObject({ kind, isUnsent });
});

test("causes that go round in a circle end", () => {
  const error = new Error("round");
  error.cause = error;
  expect(readConnectionFault(error).kind).toBe("network");
});
