import { t, translated } from "../language/words.ts";

/** The context that every way to install the Temporal CLI gets. */
export interface InstallOptions {
  /** An empty folder for everything that is not the result. The caller removes it. */
  workFolder: string;
  /** The file name of the CLI on this platform. */
  executable: string;
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
  signal: AbortSignal | undefined;
  /** The time that a download may make no progress. */
  downloadLimitMs: number;
}

/** The installed file, in the work folder, or the reason why there is none. */
export type InstallResult = { file: string } | { failure: string };

const PROGRESS_EVERY_MS = 20_000;

/** Runs `action` and logs a line of `describe` every 20 s until it ends. */
export async function withProgress<T>(
  log: (line: string) => void,
  describe: (elapsed: string) => string,
  action: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const timer = setInterval(
    () => log(t`Temporal CLI: ${describe(formatSpan(performance.now() - startedAt))}`),
    PROGRESS_EVERY_MS,
  );
  try {
    return await action();
  } finally {
    clearInterval(timer);
  }
}

/** A command's failure and its last output on one line, at most 600 characters of it. */
export function explainFailure(failure: string, output: string): string {
  const reason = translated(failure);
  return output === "" ? reason : t`${reason}: ${output.replaceAll(/\s*\n\s*/g, "; ").slice(-600)}`;
}

export function formatSpan(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? t`${seconds} s` : t`${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
