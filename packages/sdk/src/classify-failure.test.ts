import { expect, test } from "vitest";
import { classifyFailure } from "./classify-failure.ts";
import { errorCatalogue } from "./errors.ts";

test.each([
  [503, "APIGW.0201", "transient", "unknown"],
  [400, "APIGW.0201", "invalid-parameter", "no"],
  [413, "APIGW.0201", "invalid-parameter", "no"],
  [400, "APIGW.0105", "unknown", "no"],
  [200, "APIG.0308", "throttled", "no"],
  [429, "OSM.0777", "throttled", "no"],
  [418, "X.1", "unknown", "unknown"],
  [302, undefined, "unknown", "unknown"],
  [200, "constructor", "unknown", "unknown"],
])("HTTP %d with %s is %s, executed: %s", (httpStatus, code, errorClass, execution) => {
  expect(classifyFailure(httpStatus, code)).toMatchObject({ errorClass, execution });
});

test("every documented code is what the catalogue says, at its documented status [create.error-codes]", () => {
  for (const [code, entry] of Object.entries(errorCatalogue))
    expect(classifyFailure(entry.httpStatus, code)).toMatchObject({
      errorClass: entry.errorClass,
      execution: entry.execution,
    });
});
