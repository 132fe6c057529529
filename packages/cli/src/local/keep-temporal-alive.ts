import { t, translated } from "../language/words.ts";
import type { LocalTemporal } from "./local-temporal.ts";

const RESTARTS_ALLOWED = 5;
const RESTARTS_WITHIN_MS = 60_000;

export interface KeepTemporalAliveOptions {
  log: (line: string) => void;
  /** Stops the restarts; the promise then resolves. Must be aborted before `local.close()`. */
  signal: AbortSignal;
}

/** Restarts the local Temporal whenever it dies. Rejects on the sixth death within a minute, or if a restart fails. */
export async function keepTemporalAlive(
  local: Pick<LocalTemporal, "died" | "restart">,
  { log, signal }: KeepTemporalAliveOptions,
): Promise<void> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const restartedAt: number[] = [];
  for (;;) {
    const how = await Promise.race([aborted, local.died]);
    if (how === undefined || signal.aborted) return;
    const now = performance.now();
    restartedAt.push(now);
    const tooMany = restartedAt.at(-(RESTARTS_ALLOWED + 1));
    if (tooMany !== undefined && now - tooMany < RESTARTS_WITHIN_MS) {
      throw new Error(`The local Temporal server keeps dying (${how}); its log is temporal.log in the state folder.`);
    }
    log(t`Local Temporal: the server died (${translated(how)}); starting it again on the same state`);
    await local.restart();
  }
}
