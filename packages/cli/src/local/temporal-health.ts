import type { Connection } from "@temporalio/client";

/**
 * gRPC in Node takes `http_proxy` and `https_proxy` from the environment even for 127.0.0.1. Every connection to a local
 * Temporal needs these channel arguments, or it fails behind a company's proxy.
 */
export const LOCAL_CHANNEL_ARGUMENTS = { "grpc.enable_http_proxy": 0 } as const;

const GRPC_NOT_FOUND = 5;

/** Why a Temporal server does not answer all the way down to its database, within `limitMs`; undefined where it does. */
export async function findTemporalFault(address: string, limitMs: number): Promise<string | undefined> {
  const temporal = await import("@temporalio/client"); // not before a server was started
  let connection: Connection | undefined;
  try {
    connection = await temporal.Connection.connect({
      address,
      connectTimeout: limitMs,
      channelArgs: LOCAL_CHANNEL_ARGUMENTS,
    });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + limitMs, () =>
      workflowService.describeWorkflowExecution({
        namespace: "default",
        execution: { workflowId: "caselink-health-check" },
      }),
    );
    return undefined;
  } catch (error) {
    // The answer comes from the history service and the database, so that they work too.
    if (isNotFound(error)) return undefined;
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connection?.close();
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === GRPC_NOT_FOUND;
}
