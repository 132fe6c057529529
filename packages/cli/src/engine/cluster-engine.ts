import { Client } from "@temporalio/client";
import { readKeyring } from "@caselink/worker";
import { BatchClient, dataConverterOf } from "@caselink/workflows";
import { connectCluster } from "./connect-cluster.ts";
import type { Engine } from "./engine.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { requireSharedLedger, type Settings } from "../settings.ts";

/** Connects to the configured cluster; its workers run elsewhere. */
export async function openClusterEngine(settings: Settings, output: Output): Promise<Engine> {
  requireSharedLedger(settings);
  const { temporal, ledgerLocation } = settings;
  const keyring = readKeyring(settings.env);
  const dataConverter = dataConverterOf(keyring);
  const { connection, close } = await connectCluster(temporal);
  const namespace = temporal.namespace ?? "default";
  return {
    batches: new BatchClient(new Client({ connection, namespace, dataConverter }), {
      onMissingSearchAttributes: (names) =>
        output.progress(
          t`The batch cannot be found by its state: the cluster lacks the search attributes\n  ${names.join(", ")}. Create them once: caselink cluster setup`,
        ),
    }),
    lost: new Promise<never>(() => undefined),
    webPage: () => undefined,
    detachHint: t`Safe to close, the batch continues. Follow it with:`,
    noWorkerHint: [noWorker(ledgerLocation), ...(keyring ? [keylessWorker()] : [])].join("\n"),
    close,
  };
}

const noWorker = (ledgerLocation: string): string =>
  t`No worker has responded yet. The batch starts as soon as one runs for this API.
  Start one with the same CASELINK_ENDPOINT and
  CASELINK_LEDGER=${ledgerLocation}: caselink worker`;

const keylessWorker = (): string => t`  A worker without the encryption keys does not respond; its log names the key.`;
