// Stands in for `vitest` in the test files: it keeps the tests, so that one process can run each of them again and again.
// `expect` is vitest's own.
import { setTimeout } from "node:timers/promises";
import { format } from "node:util";
import { expect as vitestExpect } from "vitest";

/** How long `expect.poll` waits, in milliseconds. */
const POLL_MS = 2_000;

type Run = () => unknown;
export interface RegisteredTest {
  readonly file: string;
  readonly title: string;
  readonly run: Run;
}

export const registered: RegisteredTest[] = [];
const current = { file: "" };

/** The tests registered from now on are those of this file. */
export function enterFile(file: string): void {
  current.file = file;
}

/** `poll` needs vitest's own process. */
export const expect = Object.assign(vitestExpect.bind(undefined), vitestExpect, {
  poll: (read: Run) => ({
    toBe: (value: unknown) => becomes(read, value),
    toEqual: (value: unknown) => becomes(read, value),
  }),
});

async function becomes(read: Run, value: unknown): Promise<void> {
  for (const endsAt = Date.now() + POLL_MS; ;) {
    try {
      return vitestExpect(await read()).toEqual(value);
    } catch (error) {
      if (Date.now() > endsAt) throw error;
      await setTimeout(1);
    }
  }
}

const cleanups: Run[] = [];
export const onTestFinished = (run: Run): void => void cleanups.push(run);
/** Runs what the last test left to do. */
export async function cleanUp(): Promise<void> {
  await Promise.allSettled(cleanups.splice(0).map(async (run) => run()));
}

/** Types are checked elsewhere: every property and every call of it is itself. */
export const expectTypeOf: unknown = new Proxy(() => undefined, {
  get: () => expectTypeOf,
  apply: () => expectTypeOf,
});

type Title = string;
export function test(title: Title, run: Run, _timeoutMs?: number): void {
  registered.push({ file: current.file, title, run });
}
test.for =
  (cases: readonly unknown[]) =>
  (title: Title, run: (value: unknown) => unknown): void => {
    for (const value of cases) test(titleOf(title, value), () => run(value));
  };
test.each =
  (cases: readonly unknown[]) =>
  (title: Title, run: (...values: readonly unknown[]) => unknown): void => {
    for (const value of cases) test(titleOf(title, value), () => run(...(Array.isArray(value) ? value : [value])));
  };
test.skipIf = (isSkipped: boolean) => (isSkipped ? () => undefined : test);
test.runIf = (isRun: boolean) => test.skipIf(!isRun);

const titleOf = (title: Title, value: unknown): string => format(title, ...(Array.isArray(value) ? value : [value]));
