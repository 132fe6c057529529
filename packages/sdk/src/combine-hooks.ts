import type { Hooks } from "./hooks.ts";

/**
 * Several hooks as one, such as a log and spans. They are called in the order of the arguments; the next one starts when
 * the one before it has ended. An error of `beforeRequest` fails the call; an error of `afterResponse` is ignored, and the
 * next hook is called.
 */
export function combineHooks(...all: readonly Hooks[]): Hooks {
  return {
    async beforeRequest(request) {
      for (const hooks of all) await hooks.beforeRequest?.(request);
    },
    async afterResponse(report) {
      for (const hooks of all)
        try {
          await hooks.afterResponse?.(report);
        } catch {
          // as in the client, the result of the attempt counts
        }
    },
  };
}
