import { mkdir } from "node:fs/promises";
import { readEndpoint } from "@caselink/worker/config";
import type { Engine, EngineOptions } from "./engine.ts";
import { t } from "../language/words.ts";
import { findTemporalCli } from "../local/find-temporal-cli.ts";
import { keepTemporalAlive } from "../local/keep-temporal-alive.ts";
import { openLocalTemporal } from "../local/local-temporal.ts";
import type * as Connections from "./local-connections.ts";
import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";
import { runAll } from "./run-all.ts";

/** Opens Temporal on this machine, with a worker in this process. */
export async function openLocalEngine(
  { env, home, ledgerAddress }: Settings,
  output: Output,
  { withWorker = true, signal, mayBegin }: EngineOptions,
): Promise<Engine> {
  const log = (line: string): void => output.progress(line);
  await mkdir(home, { recursive: true });
  const cli = await findTemporalCli({ env, log, ...(signal && { signal }) });
  // Loading Temporal's client and worker takes as long as its server takes to start, so both happen at the same time.
  const loading = Promise.withResolvers<typeof Connections>();
  loading.promise.catch(() => undefined); // reported where it is awaited
  const load = (): void => loading.resolve(import("./local-connections.ts"));
  const server = await openLocalTemporal({
    home,
    ...(withWorker && { scope: { endpoint: readEndpoint(env), ledger: ledgerAddress } }),
    cli,
    env: { ...env },
    log,
    onServerStarted: load,
    ...(signal && { signal }),
  });
  const leaving = new AbortController();
  try {
    const { connectLocally, webPageOf } = await loading.promise;
    const local = await connectLocally(
      server.address,
      withWorker ? { env, ledger: ledgerAddress, mayBegin } : undefined,
    );
    // Without a worker this process only reads, and does not restart the server.
    const alive = withWorker ? [keepTemporalAlive(server, { log, signal: leaving.signal })] : [];
    const lost = failureOf(Promise.race([...alive, ...(local.working ? [local.working] : [])]));
    lost.catch(() => undefined); // reported by the code that awaits it; the command may have ended by then
    return {
      batches: local.batches,
      lost,
      webPage: (batchId) => webPageOf(server.ui, batchId),
      detachHint: t`Safe to close. Continue with:`,
      noWorkerHint: undefined,
      close: () =>
        runAll([
          () => local.stopWorker(),
          () => leaving.abort(),
          () => local.close(),
          () => server.close({ waitForEnd: false }),
        ]),
    };
  } catch (error) {
    leaving.abort();
    await server.close({ waitForEnd: false });
    throw error;
  }
}

/** Rejects if the work fails and never resolves: an end without a failure is intended. */
async function failureOf(work: Promise<void>): Promise<never> {
  await work;
  return new Promise<never>(() => undefined);
}
