import { DefaultFailureConverter } from "@temporalio/common";

/** A worker with keys writes this in front of the bundle. */
export const ENCODE_FAILURES = "globalThis.caselinkEncodesFailures=true;";

/** Puts messages and stack traces of a workflow's failures into a payload if the worker encrypts payloads. */
export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: (globalThis as { caselinkEncodesFailures?: boolean }).caselinkEncodesFailures === true,
});
