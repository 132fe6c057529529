import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 50;

/**
 * Reads a value again and again until the condition holds; returns it. For what reports no event.
 *
 * Has no limit of its own: the timeout of the test ends it.
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
