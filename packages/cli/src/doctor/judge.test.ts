import { ApiError, type ErrorClass } from "@caselink/sdk";
import { expect, test } from "vitest";
import { judgeClock } from "./check-api.ts";
import { judgeRefusal } from "./check-credentials.ts";

const CONFIG = { endpoint: "https://osm.example.com", credentialsFrom: "CASELINK_TOKEN" } as const;

function judged(errorClass: ErrorClass, httpStatus: number, code?: string): string[] {
  const error = new ApiError({ operation: "GET /", errorClass, httpStatus, code, execution: "no", attempts: 1 });
  return judgeRefusal(error, CONFIG).map(({ check, state, cause }) => [check, state, cause].filter(Boolean).join(" "));
}

test("an answer about the ticket means that the credentials were taken", () => {
  expect(judged("not-found", 200, "OSM.01010015")).toEqual(["credentials ok", "permission ok"]);
  expect(judged("invalid-parameter", 400, "OSM.01010012")).toEqual(["credentials ok", "permission ok"]);
});

test("refused credentials, a missing permission and a wrong address are told apart", () => {
  expect(judged("unauthenticated", 401, "APIGW.0301")).toEqual(["credentials failed credentials"]);
  expect(judged("forbidden", 403, "APIGW.0302")).toEqual(["credentials ok", "permission failed credentials"]);
  expect(judged("forbidden", 200, "OSM.01010016")).toEqual(["credentials ok", "permission warning"]);
  expect(judged("unknown", 404, "APIGW.0101")).toEqual(["api failed configuration"]);
  expect(judged("unknown", 200)).toEqual(["api failed configuration"]);
});

test("what may pass says nothing of the credentials", () => {
  expect(judged("throttled", 429, "APIGW.0308")).toEqual(["credentials warning"]);
  expect(judged("transient", 503)).toEqual(["credentials failed"]);
  expect(judged("unknown", 200, "OSM.99999999")).toEqual(["credentials warning"]);
});

test("a clock is right within half a minute, and told with its direction beyond", () => {
  expect(judgeClock(29_000, true).state).toBe("ok");
  expect(judgeClock(-29_000, true).state).toBe("ok");
  expect(judgeClock(120_000, true)).toMatchObject({
    state: "warning",
    message: "this machine is 120 s behind the API",
  });
  expect(judgeClock(-1_200_000, false).message).toBe("this machine is 1200 s ahead of the API");
  expect(judgeClock(-1_200_000, true).message).toContain("15 minutes");
  expect(judgeClock(undefined, true).state).toBe("warning");
});
