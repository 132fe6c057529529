// Temporal loads this module by its path, for workers and clients that encrypt.
import { DefaultFailureConverter } from "@temporalio/common";

/** Puts messages and stack traces of failures into a payload, which is encrypted like any other. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
