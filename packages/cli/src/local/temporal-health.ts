import type { Connection } from "@temporalio/client";

/**
 * gRPC in Node uses `http_proxy` and `https_proxy` of the environment even for 127.0.0.1. Every connection to a local
 * Temporal needs these channel arguments, or it fails behind a company proxy.
 */
export const LOCAL_CHANNEL_ARGUMENTS = { "grpc.enable_http_proxy": 0 } as const;

const GRPC_NOT_FOUND = 5;

/** Returns why a Temporal server, including its database, does not respond within `limitMs`; undefined if it responds. */
export async function findTemporalProblem(address: string, limitMs: number): Promise<string | undefined> {
  const startedAt = performance.now();
  const problem = await askTemporal(address, limitMs);
  // The limits of gRPC are times of the wall clock: they pass immediately if it is set.
  const isEarly = performance.now() - startedAt < limitMs;
  return problem !== undefined && isEarly ? askTemporal(address, limitMs) : problem;
}

async function askTemporal(address: string, limitMs: number): Promise<string | undefined> {
  const temporal = await import("@temporalio/client"); // slow to load, so only after a server was started
  let connection: Connection | undefined;
  try {
    connection = await temporal.Connection.connect({
      address,
      connectTimeout: limitMs,
      channelArgs: LOCAL_CHANNEL_ARGUMENTS,
    });
    const { workflowService } = connection;
    // oxlint-disable-next-line no-restricted-properties -- gRPC takes a time of the wall clock
    await connection.withDeadline(Date.now() + limitMs, () =>
      workflowService.describeWorkflowExecution({
        namespace: "default",
        execution: { workflowId: "caselink-health-check" },
      }),
    );
    return undefined;
  } catch (error) {
    // This response comes from the history service and the database, so these work as well.
    if (isNotFound(error)) return undefined;
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connection?.close();
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === GRPC_NOT_FOUND;
}
