import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 50;

/**
 * Polls a value every 50 ms until the condition holds, and returns it. Use it for a state that reports no event.
 *
 * It never times out: the timeout of the test ends it.
 */
export async function until<Value>(
  read: () => Value | Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await pause(INTERVAL_MS);
  }
}
