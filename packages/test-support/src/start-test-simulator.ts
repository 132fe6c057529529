import { startSimulator, type Simulator, type SimulatorConfig } from "@caselink/simulator";
import { takePort } from "./new-port.ts";

/** Under the timeout of a test, so that the message says what was awaited. */
const SAFETY_NET_MS = 540_000;

/**
 * Starts a simulator on a port that no other one of the test run has had, and whose `waitFor` waits long enough for any machine by
 * default.
 */
export async function startTestSimulator(config: SimulatorConfig = {}): Promise<Simulator> {
  const simulator = await startOnNewPort(config);
  const waitFor = simulator.waitFor.bind(simulator);
  return Object.assign(simulator, {
    waitFor: (...[holds, options]: Parameters<Simulator["waitFor"]>) =>
      waitFor(holds, { timeoutMs: SAFETY_NET_MS, ...options }),
  });
}

async function startOnNewPort(config: SimulatorConfig): Promise<Simulator> {
  const simulator = await startSimulator(config);
  if (config.port || (await takePort(simulator.port))) return simulator;
  // Closed afterwards, so that the next one gets another port.
  await using _ = simulator;
  return await startOnNewPort(config);
}
