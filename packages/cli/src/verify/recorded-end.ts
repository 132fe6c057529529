import type { Client, ClientOptions, ConnectionOptions } from "@temporalio/client";
import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import { namesCluster, readTemporalConfig } from "@caselink/worker/config";
import { hasLocalTemporal } from "../local/local-users.ts";
import { localTemporalFiles, readState } from "../local/local-temporal-state.ts";
import type { BaseSettings } from "../settings.ts";

const LIMIT_MS = 5_000;

/**
 * The end of a batch as Temporal recorded it, outside of the ledger: `ended` with the result of its workflow; `other-plan` if
 * it ran another plan under the batch's id; `none` if it has no end, for example because it forgot the workflow; `unreachable`,
 * for which the local Temporal counts while it is stopped.
 */
export type RecordedEnd =
  | { is: "ended"; summary: BatchSummary }
  | { is: "other-plan" | "none" }
  | { is: "unreachable"; isStopped?: true };

/** How a batch that has ended is protected against changes of its files. */
export interface Seal {
  /** The summary carries a digest of the results; an older version wrote none. */
  isSealed: boolean;
  /** Whether Temporal recorded the end. */
  recorded: RecordedEnd["is"];
  /** True if the local Temporal is stopped, as it is while no command needs it. */
  isStopped: boolean;
}

/** Asks the configured cluster, or a local Temporal that runs. Starts none. */
export async function readRecordedEnd(record: BatchRecord, settings: BaseSettings): Promise<RecordedEnd> {
  try {
    const place = await findTemporal(settings);
    if (!place) return { is: "unreachable", isStopped: true };
    const temporal = await import("@temporalio/client"); // slow to load
    const { connectClient } = await import("../engine/connect-client.ts");
    const { connection, close } = await connectClient({ ...place.options, connectTimeout: LIMIT_MS });
    try {
      const client = new temporal.Client({ connection, namespace: place.namespace, ...(await decoding(settings)) });
      // oxlint-disable-next-line no-restricted-properties -- gRPC takes a time of the wall clock
      return await connection.withDeadline(Date.now() + LIMIT_MS, () => readEnd(record, client));
    } finally {
      await close();
    }
  } catch (error) {
    // A key that is missing here says nothing about Temporal.
    if (error instanceof Error && error.name === "PayloadKeyError") throw error;
    // The comparison needs no Temporal, and its screen says that there was none.
    return { is: "unreachable" };
  }
}

/** How a client reads payloads that are encrypted. */
async function decoding({ env }: BaseSettings): Promise<Pick<ClientOptions, "dataConverter">> {
  const [{ readKeyring }, { dataConverterOf }] = await Promise.all([
    import("@caselink/worker"),
    import("@caselink/workflows"),
  ]);
  return { dataConverter: dataConverterOf(readKeyring(env)) };
}

async function readEnd(record: BatchRecord, client: Client): Promise<RecordedEnd> {
  const { BatchClient, batchWorkflowId, OtherBatchError } = await import("@caselink/workflows");
  try {
    const found = await new BatchClient(client).requireSamePlan(record);
    if (found?.status.name !== "COMPLETED") return { is: "none" };
    // Not with BatchClient, which outlasts failures for longer than this comparison may take.
    return { is: "ended", summary: await client.workflow.getHandle(batchWorkflowId(record.id)).result() };
  } catch (error) {
    if (error instanceof OtherBatchError) return { is: "other-plan" };
    throw error;
  }
}

async function findTemporal({
  env,
  home,
}: BaseSettings): Promise<{ options: ConnectionOptions; namespace: string } | undefined> {
  const config = readTemporalConfig(env);
  if (namesCluster(config)) return { options: config.connectionOptions, namespace: config.namespace ?? "default" };
  if (!(await hasLocalTemporal(home))) return undefined;
  const state = await readState(localTemporalFiles(home).state);
  const { LOCAL_CHANNEL_ARGUMENTS } = await import("../local/temporal-health.ts");
  return state && { options: { address: state.address, channelArgs: LOCAL_CHANNEL_ARGUMENTS }, namespace: "default" };
}
