import { expect, test } from "vitest";
import { takePort } from "./new-port.ts";
import { startTestSimulator } from "./start-test-simulator.ts";

test("no two simulators of a test run have the same port", async () => {
  await using simulator = await startTestSimulator();
  expect(await takePort(simulator.port)).toBe(false);
  // The system gives no port below 1024 that was not asked for.
  expect([await takePort(1), await takePort(1)]).toEqual([true, false]);
});
