import { mkdir } from "node:fs/promises";
import { readEndpoint } from "@caselink/worker/config";
import type { Engine, EngineOptions } from "./engine.ts";
import { findTemporalCli } from "../local/find-temporal-cli.ts";
import { keepTemporalAlive } from "../local/keep-temporal-alive.ts";
import { openLocalTemporal } from "../local/local-temporal.ts";
import type * as Connections from "./local-connections.ts";
import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";
import { runAll } from "./run-all.ts";

/** Temporal on this machine, with a worker in this process. */
export async function openLocalEngine(
  { env, home, ledgerAddress }: Settings,
  output: Output,
  { withWorker = true, signal }: EngineOptions,
): Promise<Engine> {
  const log = (line: string): void => output.progress(line);
  await mkdir(home, { recursive: true });
  const cli = await findTemporalCli({ env, log, ...(signal && { signal }) });
  // Loading Temporal's client and worker takes as long as its server takes to start: both at once.
  const loading = Promise.withResolvers<typeof Connections>();
  loading.promise.catch(() => undefined); // told where it is awaited
  const load = (): void => loading.resolve(import("./local-connections.ts"));
  const server = await openLocalTemporal({
    home,
    ...(withWorker && { work: { endpoint: readEndpoint(env), ledger: ledgerAddress } }),
    cli,
    env: { ...env },
    log,
    onUnderWay: load,
    ...(signal && { signal }),
  });
  const leaving = new AbortController();
  try {
    const { connectLocally, webPageOf } = await loading.promise;
    const local = await connectLocally(server.address, withWorker ? { env, ledger: ledgerAddress } : undefined);
    // Who only looks starts nothing.
    const alive = withWorker ? [keepTemporalAlive(server, { log, signal: leaving.signal })] : [];
    const lost = neverEnding(Promise.race([...alive, ...(local.working ? [local.working] : [])]));
    lost.catch(() => undefined); // told by who waits for it; a command may have left by then
    return {
      batches: local.batches,
      lost,
      webPage: (batchId) => webPageOf(server.ui, batchId),
      whenLeft: "where it stopped",
      whenSilent: undefined,
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

/** Only a failure ends it: an orderly end is somebody leaving on purpose. */
async function neverEnding(work: Promise<void>): Promise<never> {
  await work;
  return new Promise<never>(() => undefined);
}
