import { Client } from "@temporalio/client";
import { BatchClient } from "@caselink/workflows";
import { connectClient } from "./connect-client.ts";
import type { Engine } from "./engine.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { requireSharedLedger, type Settings } from "../settings.ts";
import { TemporalUnreachableError } from "../errors.ts";

/** Connects to the configured cluster; its workers run elsewhere. */
export async function openClusterEngine(settings: Settings, output: Output): Promise<Engine> {
  requireSharedLedger(settings);
  const { temporal, ledgerLocation } = settings;
  const { connectionOptions } = temporal;
  const { connection, close } = await connectClient(connectionOptions).catch((error: unknown) => {
    throw new TemporalUnreachableError(connectionOptions.address ?? "its address", error);
  });
  const namespace = temporal.namespace ?? "default";
  return {
    batches: new BatchClient(new Client({ connection, namespace }), {
      onMissingSearchAttributes: (names) =>
        output.progress(
          t`The batch cannot be found by its state: the cluster lacks the search attributes\n  ${names.join(", ")}. Create them once:\n  temporal operator search-attribute create ${names.map((name) => `--name ${name} --type Keyword`).join(" ")} --namespace ${namespace}`,
        ),
    }),
    lost: new Promise<never>(() => undefined),
    webPage: () => undefined,
    detachHint: t`Safe to close, the batch continues. Follow it with:`,
    noWorkerHint: t`No worker has responded yet. The batch starts as soon as one runs for this API.
  Start one with the same CASELINK_ENDPOINT and
  CASELINK_LEDGER=${ledgerLocation}: caselink worker`,
    close,
  };
}
