import type { ConnectionOptions } from "@temporalio/client";
import {
  explainTemporalFailure,
  findTlsProblem,
  TemporalConnectionError,
  type TemporalConfig,
} from "@caselink/worker/config";
import { connectClient, type ClientConnection } from "./connect-client.ts";

/**
 * Connects a client to the configured cluster.
 *
 * @throws {TemporalConnectionError} says why it cannot be used, and what to do
 */
export async function connectCluster(
  temporal: TemporalConfig,
  options: Pick<ConnectionOptions, "connectTimeout"> = {},
): Promise<ClientConnection> {
  const problem = await findTlsProblem(temporal);
  if (problem) throw new TemporalConnectionError(problem);
  return connectClient({ ...temporal.connectionOptions, ...options }).catch(async (error: unknown) => {
    throw new TemporalConnectionError(await explainTemporalFailure(error, temporal), error);
  });
}
