import type { Output } from "../output.ts";

/** Lines on a terminal. A call replaces them. */
export interface LiveLines {
  (text: string): void;
  /** Removes the lines. */
  clear(): void;
  /** Keeps the lines, and begins others below them. */
  done(): void;
}

/** Opens lines on standard error. Without a terminal there are none, and the modules that measure text are not loaded. */
export async function openLiveLines({ isTerminal, streams }: Output): Promise<LiveLines | undefined> {
  if (!isTerminal) return undefined;
  const { createLogUpdate } = await import("log-update");
  return createLogUpdate(streams.stderr);
}
