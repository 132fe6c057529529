import type { Connection } from "@temporalio/client";
import { grpcCodeOf, TemporalConnectionError, type TemporalConfig } from "@caselink/worker/config";
import type { ClientConnection } from "../engine/connect-client.ts";
import { connectCluster } from "../engine/connect-cluster.ts";
import { english } from "../language/words.ts";
import { failed, ok, type Finding } from "../doctor/finding.ts";

const LIMIT_MS = 10_000;

/** gRPC's codes that the checks of a cluster distinguish. */
export const grpcCode = {
  cancelled: 1,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  denied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Connects to the configured cluster. `connection` is absent if it cannot be used; the findings then say why. */
export async function connectToCluster(
  temporal: TemporalConfig,
): Promise<{ findings: Finding[]; connection?: ClientConnection }> {
  try {
    const connection = await connectCluster(temporal, { connectTimeout: LIMIT_MS });
    return { connection, findings: [ok("temporal", describeConnection(temporal))] };
  } catch (error) {
    if (!(error instanceof TemporalConnectionError)) throw error;
    const { message, advice, isConfiguration } = error.failure;
    return { findings: [failed("temporal", message, advice, isConfiguration ? "configuration" : undefined)] };
  }
}

/** How the connection is protected; a key itself is never shown. */
function describeConnection({ connectionOptions: { address = "", apiKey, tls } }: TemporalConfig): string {
  const hasCertificate = typeof tls === "object" && tls?.clientCertPair != null;
  if (!tls) return english`connected to ${address}, without TLS`;
  if (hasCertificate)
    return apiKey === undefined
      ? english`connected to ${address}, with TLS and a client certificate`
      : english`connected to ${address}, with TLS, a client certificate and an API key`;
  return apiKey === undefined
    ? english`connected to ${address}, with TLS`
    : english`connected to ${address}, with TLS and an API key`;
}

/** Sends requests that end within 10 s. */
export function withLimit<Response>(connection: Connection, send: () => Promise<Response>): Promise<Response> {
  // oxlint-disable-next-line no-restricted-properties -- gRPC takes a time of the wall clock
  return connection.withDeadline(Date.now() + LIMIT_MS, send);
}

/** Temporal rejects the credentials, or does not permit the request. */
export function isDenied(error: unknown): boolean {
  const code = grpcCodeOf(error);
  return code === grpcCode.denied || code === grpcCode.unauthenticated;
}
