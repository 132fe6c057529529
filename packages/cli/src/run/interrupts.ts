import { exitStatus } from "../errors.ts";

const exit = (): void => process.exit(exitStatus.interrupted);

/**
 * Handles Ctrl-C: the first detaches from the batch, the second ends the process. The batch is safe after both.
 *
 * @param onSecond replaces the end of the process
 */
export function watchInterrupts(onSecond = exit): { detach: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) onSecond();
    else controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  return {
    detach: controller.signal,
    stop: () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
    },
  };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
