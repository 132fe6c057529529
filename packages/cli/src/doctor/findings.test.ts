import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiError, type ErrorClass } from "@caselink/sdk";
import { expect, test } from "vitest";
import { checkClock, checkReachable } from "./check-api.ts";
import { classifyRejection } from "./check-credentials.ts";
import { adviceLines } from "./finding-screen.ts";

const CONFIG = { endpoint: "https://osm.example.com", credentialsFrom: "CASELINK_TOKEN" } as const;

function classify(errorClass: ErrorClass, httpStatus: number, code?: string): string[] {
  const error = new ApiError({ operation: "GET /", errorClass, httpStatus, code, execution: "no", attempts: 1 });
  return classifyRejection(error, CONFIG).map(({ check, state, cause }) =>
    [check, state, cause].filter(Boolean).join(" "),
  );
}

test("doctor treats a response about the ticket as accepted credentials", () => {
  expect(classify("not-found", 200, "OSM.01010015")).toEqual(["credentials ok", "permission ok"]);
  expect(classify("invalid-parameter", 400, "OSM.01010012")).toEqual(["credentials ok", "permission ok"]);
});

test("doctor distinguishes rejected credentials, a missing permission and a wrong address", () => {
  expect(classify("unauthenticated", 401, "APIGW.0301")).toEqual(["credentials failed credentials"]);
  expect(classify("forbidden", 403, "APIGW.0302")).toEqual(["credentials ok", "permission failed credentials"]);
  expect(classify("forbidden", 200, "OSM.01010016")).toEqual(["credentials ok", "permission warning"]);
  expect(classify("unknown", 404, "APIGW.0101")).toEqual(["api failed configuration"]);
  expect(classify("unknown", 200)).toEqual(["api failed configuration"]);
});

test("doctor draws no conclusion about credentials from a temporary error", () => {
  expect(classify("throttled", 429, "APIGW.0308")).toEqual(["credentials warning"]);
  expect(classify("transient", 503)).toEqual(["credentials failed"]);
  expect(classify("unknown", 200, "OSM.99999999")).toEqual(["credentials warning"]);
});

test("doctor accepts a clock within half a minute, and beyond that reports its direction", () => {
  expect(checkClock(29_000, true).state).toBe("ok");
  expect(checkClock(-29_000, true).state).toBe("ok");
  expect(checkClock(120_000, true)).toMatchObject({
    state: "warning",
    message: "this machine is 120 s behind the API",
  });
  expect(checkClock(-1_200_000, false).message).toBe("this machine is 1200 s ahead of the API");
  expect(checkClock(-1_200_000, true).message).toContain("15 minutes");
  expect(checkClock(undefined, true).state).toBe("warning");
});

test.each([
  ["0", 1],
  ["3600", undefined],
])("doctor compares the clock with a response, but not with one that a cache has kept: age %s", async (age, hours) => {
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const server = createServer((_request, response) => response.writeHead(200, { age, date }).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { isReached, skewMs } = await checkReachable(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.close();
  expect([isReached, skewMs && Math.round(skewMs / 3_600_000)]).toEqual([true, hours]);
});

test("doctor explains the roles where a permission is missing", () => {
  const error = new ApiError({
    operation: "GET /",
    errorClass: "forbidden",
    httpStatus: 403,
    code: "APIGW.0302",
    execution: "no",
    attempts: 1,
  });
  const lines = classifyRejection(error, CONFIG).flatMap((finding) => adviceLines(finding) ?? []);
  expect(lines.join(" ")).toMatch(/Ticket Group Operator: .* Ticket Administrator: /);
  expect(lines.filter((line) => line.length > 56)).toEqual([]);
});
