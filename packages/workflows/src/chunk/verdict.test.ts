import { ApiError, ArgumentError, ConnectionError, type ApiErrorFacts, type ConnectionErrorFacts } from "@caselink/sdk";
import { expect, test } from "vitest";
import {
  classifyError,
  isSignInFailure,
  rejectionSourceOf,
  UnscopedRejectionError,
  reasonOfRejection,
  UnsentError,
} from "./verdict.ts";

const responded = (facts: Partial<ApiErrorFacts> = {}): ApiError =>
  new ApiError({
    operation: "create",
    httpStatus: 200,
    errorClass: "unknown",
    execution: "no",
    attempts: 2,
    code: "OSM.01019999",
    apiMessage: "no",
    ...facts,
  });
const unconnected = (facts: Partial<ConnectionErrorFacts> = {}): ConnectionError =>
  new ConnectionError({ operation: "create", kind: "reset", execution: "unknown", attempts: 3, cause: 1, ...facts });
const failure = { http_status: 200, error_message: "no", error_code: "OSM.01019999" };

test.for([
  ["limit", "limit_reached"],
  ["not-found", "not_found"],
  ["forbidden", "forbidden"],
  ["self-association", "invalid"],
  ["invalid-parameter", "invalid"],
] as const)("a rejection of class %s, certainly not executed, settles its rows as %s", ([errorClass, outcome]) => {
  const verdict = { kind: "rejected", outcome, failure, attempts: 2 };
  expect(classifyError(responded({ errorClass }))).toEqual(verdict);
  expect(classifyError(responded({ errorClass, execution: "unknown" }))).toMatchObject({
    kind: "retryable",
    isAmbiguous: true,
  });
});

test("arguments that the SDK rejects settle their rows as invalid, without a request", () => {
  expect(classifyError(new ArgumentError("ticketId", "too long"))).toEqual({
    kind: "rejected",
    outcome: "invalid",
    failure: { error_message: "too long" },
    attempts: 0,
  });
});

test.for([
  ["a code that no document names", {}, { isAmbiguous: false, isUnknownCode: true }],
  ["such a code, perhaps executed", { execution: "unknown" }, { isAmbiguous: true, isUnknownCode: true }],
  ["HTTP 499", { httpStatus: 499 }, { isAmbiguous: false, isUnknownCode: true }],
  ["HTTP 500", { httpStatus: 500 }, { isAmbiguous: false, isUnknownCode: false }],
  ["HTTP 404", { httpStatus: 404 }, { isAmbiguous: false, isUnknownCode: false }],
  ["HTTP 405", { httpStatus: 405 }, { isAmbiguous: false, isUnknownCode: false }],
  ["no code", { code: undefined }, { isAmbiguous: false, isUnknownCode: false }],
  ["a gateway's code", { code: "APIGW.0999" }, { isAmbiguous: false, isUnknownCode: false }],
  ["a gateway's code in its other form", { code: "APIG.0999" }, { isAmbiguous: false, isUnknownCode: false }],
  ["a service's code that contains a gateway's", { code: "OSM.APIG.1" }, { isAmbiguous: false, isUnknownCode: true }],
  ["a temporary failure", { errorClass: "transient" }, { isAmbiguous: false, isUnknownCode: false }],
] as const)("a response with %s is retryable", ([, facts, expected]) => {
  expect(classifyError(responded(facts))).toMatchObject({ kind: "retryable", attempts: 2, ...expected });
});

test("a connection that failed is retryable, and ambiguous unless nothing was executed", () => {
  const message = unconnected().message;
  const verdict = { kind: "retryable", isUnknownCode: false, failure: { error_message: message }, attempts: 3 };
  expect(classifyError(unconnected())).toEqual({ ...verdict, isAmbiguous: true });
  expect(classifyError(unconnected({ execution: "no" }))).toEqual({ ...verdict, isAmbiguous: false });
});

test.for([
  ["nothing of a minute", 60_000, {}],
  ["the time of a longer one", 60_001, { retryAfterMs: 60_001 }],
  ["nothing of none", undefined, {}],
] as const)("a batch that was throttled waits, and its wait reason has %s", ([, retryAfterMs, reported]) => {
  const error = responded({ errorClass: "throttled", httpStatus: 429, code: "APIGW.0308", retryAfterMs });
  const facts = { httpStatus: 429, code: "APIGW.0308", ...reported };
  expect(classifyError(error)).toEqual({
    kind: "wait",
    waitReason: { kind: "slow-down", reason: "APIGW.0308, HTTP 429: no", ...facts },
    failure: { http_status: 429, error_message: "no", error_code: "APIGW.0308" },
    attempts: 2,
  });
  const unsent = unconnected({ kind: "throttled", execution: "no", retryAfterMs });
  const waitReason = { kind: "slow-down", reason: unsent.message, ...reported };
  expect(classifyError(unsent)).toEqual({ kind: "wait", waitReason, failure: {}, attempts: 3 });
});

test("rejected credentials, and a gateway that denies access, let the batch wait", () => {
  const unauthenticated = responded({ errorClass: "unauthenticated", httpStatus: 401, code: undefined });
  expect(classifyError(unauthenticated)).toEqual({
    kind: "wait",
    waitReason: { kind: "credentials", reason: "no code, HTTP 401: no", httpStatus: 401 },
    failure: { http_status: 401, error_message: "no" },
    attempts: 2,
  });
  for (const code of ["APIGW.0302", "APIG.0302"])
    expect(classifyError(responded({ errorClass: "forbidden", httpStatus: 403, code }))).toMatchObject({
      kind: "wait",
      waitReason: { kind: "permission", reason: `${code}, HTTP 403: no`, httpStatus: 403, code },
      attempts: 2,
    });
  const waitReason = { kind: "credentials", reason: "rejected before" } as const;
  expect(classifyError(new UnsentError(waitReason))).toEqual({
    kind: "wait",
    waitReason,
    failure: { error_message: "rejected before" },
    attempts: 0,
  });
  expect(classifyError(new UnsentError())).toEqual({ kind: "unsent", failure: {}, attempts: 0 });
});

test("a report has the request id, and the error's message if the response has none", () => {
  const error = responded({ errorClass: "forbidden", apiMessage: undefined, requestId: "r-1" });
  const { message } = error;
  expect(classifyError(error).failure).toEqual({ ...failure, error_message: message, request_id: "r-1" });
  expect(classifyError(responded({ errorClass: "unauthenticated", apiMessage: undefined }))).toMatchObject({
    waitReason: { reason: expect.stringContaining("OSM.01019999, HTTP 200: create: HTTP 200") as string },
  });
});

test.for([
  ["unauthenticated", "credentials"],
  ["throttled", "slow-down"],
  ["transient", "unavailable"],
  ["forbidden", "unavailable"],
] as const)("a token service that answers with class %s lets the batch wait as %s", ([errorClass, kind]) => {
  const error = responded({ errorClass, phase: "sign-in" });
  expect(classifyError(error)).toEqual({
    kind: "wait",
    waitReason: { kind, reason: `no token: ${error.message}`, httpStatus: 200, code: "OSM.01019999" },
    failure: {},
    attempts: 0,
  });
  expect([isSignInFailure(error), rejectionSourceOf(error)]).toEqual([true, "none"]);
});

test("a token service that is not reached lets the batch wait; an aborted sign-in proves nothing", () => {
  const down = unconnected({ phase: "sign-in", execution: "no" });
  const waitReason = { kind: "unavailable", reason: `no token: ${down.message}` };
  expect(classifyError(down)).toEqual({ kind: "wait", waitReason, failure: {}, attempts: 0 });
  const aborted = unconnected({ phase: "sign-in", kind: "aborted", execution: "no" });
  expect([isSignInFailure(aborted), classifyError(aborted).kind]).toEqual([false, "retryable"]);
  expect(isSignInFailure(unconnected())).toBe(false);
  const checked = new ArgumentError("ticketId", "too long");
  Object.assign(checked, { phase: "sign-in" });
  expect(() => classifyError(checked)).toThrow(checked);
});

test("an error that is not the SDK's is a bug, and is thrown", () => {
  const bug = new TypeError("undefined is not a function");
  expect(() => classifyError(bug)).toThrow(bug);
  expect([isSignInFailure(bug), rejectionSourceOf(bug)]).toEqual([false, "none"]);
});

test.for([
  ["service", false, "undetermined", undefined, undefined],
  ["service", true, "wait", "permission", "every ticket was rejected so far (OSM.01019999, HTTP 200: no)"],
  ["gateway", true, "wait", "permission", "every ticket was rejected so far (OSM.01019999, HTTP 200: no)"],
  ["endpoint", true, "wait", "endpoint", "there is no such API at http://api (OSM.01019999, HTTP 200: no)"],
] as const)(
  "a rejection by the %s that concerns the batch (%s) is %s",
  ([source, isForBatch, verdict, kind, reason]) => {
    const waitReason = reasonOfRejection(responded(), `read ${source}`, "http://api");
    expect(classifyError(new UnscopedRejectionError(responded(), waitReason, isForBatch))).toEqual({
      kind: verdict,
      failure,
      attempts: 2,
      ...(kind && {
        waitReason: { kind, reason, rejection: `read ${source}`, httpStatus: 200, code: "OSM.01019999" },
      }),
    });
  },
);

test.for([
  ["none", { execution: "unknown", errorClass: "forbidden" }],
  ["none", { errorClass: "forbidden", code: "APIGW.0302" }],
  ["service", { errorClass: "forbidden", code: "OSM.01010002" }],
  ["gateway", { errorClass: "forbidden", code: undefined, httpStatus: 403 }],
  ["responded", {}],
  ["endpoint", { httpStatus: 404 }],
  ["endpoint", { code: undefined }],
  ["endpoint", { code: "APIGW.0101" }],
  ["responded", { errorClass: "not-found" }],
  ["responded", { errorClass: "limit" }],
  ["none", { errorClass: "throttled" }],
  ["none", { errorClass: "unauthenticated" }],
] as const)("the source of a rejection is %s for %o", ([source, facts]) => {
  expect(rejectionSourceOf(responded(facts))).toBe(source);
});
