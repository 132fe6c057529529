import { isApiError, isArgumentError, isConnectionError } from "../../src/index.ts";
import type { ApiError, ArgumentError, ConnectionError } from "../../src/index.ts";

/** The error that a promise rejects with; throws if it does not reject. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

export async function apiErrorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await failureOf(promise);
  if (isApiError(error)) return error;
  throw error;
}

export async function connectionErrorOf(promise: Promise<unknown>): Promise<ConnectionError> {
  const error = await failureOf(promise);
  if (isConnectionError(error)) return error;
  throw error;
}

export async function argumentErrorOf(promise: Promise<unknown>): Promise<ArgumentError> {
  const error = await failureOf(promise);
  if (isArgumentError(error)) return error;
  throw error;
}
