import { expect, test } from "vitest";
import { keepTemporalAlive } from "./keep-temporal-alive.ts";

/** Dies `deaths` times, each time right after a start. */
function frailTemporal(deaths: number, onStable: () => void) {
  let restarts = 0;
  return {
    get died() {
      if (restarts < deaths) return Promise.resolve("exit status 1");
      onStable();
      return new Promise<string>(() => {});
    },
    restart: async () => void (restarts += 1),
    restarts: () => restarts,
  };
}

test("a server that dies is restarted until the signal is aborted", async () => {
  const controller = new AbortController();
  const temporal = frailTemporal(3, () => controller.abort());
  const lines: string[] = [];
  await keepTemporalAlive(temporal, { log: (line) => lines.push(line), signal: controller.signal });
  expect(temporal.restarts()).toBe(3);
  expect(lines[0]).toContain("exit status 1");
});

test("a server that dies six times within a minute is given up", async () => {
  const temporal = frailTemporal(100, () => {});
  const kept = keepTemporalAlive(temporal, { log: () => {}, signal: new AbortController().signal });
  await expect(kept).rejects.toThrow(/keeps dying \(exit status 1\)/);
  expect(temporal.restarts()).toBe(5);
});

test("a server that dies after the signal was aborted is not restarted", async () => {
  const temporal = frailTemporal(1, () => {});
  await keepTemporalAlive(temporal, { log: () => {}, signal: AbortSignal.abort() });
  expect(temporal.restarts()).toBe(0);
});
