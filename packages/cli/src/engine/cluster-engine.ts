import { Client, Connection } from "@temporalio/client";
import { BatchClient } from "@caselink/workflows";
import type { Engine } from "./engine.ts";
import type { Output } from "../output.ts";
import { requireSharedLedger, type Settings } from "../settings.ts";
import { TemporalUnreachableError } from "../errors.ts";

/** Temporal on the configured cluster; its workers are elsewhere. */
export async function openClusterEngine(settings: Settings, output: Output): Promise<Engine> {
  requireSharedLedger(settings);
  const { temporal, ledgerLocation } = settings;
  const { connectionOptions } = temporal;
  const connection = await Connection.connect(connectionOptions).catch((error: unknown) => {
    throw new TemporalUnreachableError(connectionOptions.address ?? "its address", error);
  });
  const namespace = temporal.namespace ?? "default";
  return {
    batches: new BatchClient(new Client({ connection, namespace }), {
      onMissingSearchAttributes: (names) =>
        output.progress(
          `The batch cannot be searched for by its state: the cluster does not know ${names.join(", ")}. To mend that, once:\n  temporal operator search-attribute create ${names.map((name) => `--name ${name} --type Keyword`).join(" ")} --namespace ${namespace}`,
        ),
    }),
    lost: new Promise<never>(() => undefined),
    webPage: () => undefined,
    whenLeft: "without this command",
    whenSilent: `No worker has answered yet; the batch begins as soon as one runs for this API.
  Is there one?  caselink worker   with the same CASELINK_ENDPOINT and CASELINK_LEDGER=${ledgerLocation}`,
    close: () => connection.close(),
  };
}
