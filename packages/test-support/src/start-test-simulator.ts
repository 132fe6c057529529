import { startSimulator, type Simulator, type SimulatorConfig } from "@caselink/simulator";

/** Under the timeout of a test, so that the message says what was awaited. */
const SAFETY_NET_MS = 540_000;

/** Starts a simulator whose `waitFor` waits long enough for any machine by default. */
export async function startTestSimulator(config: SimulatorConfig = {}): Promise<Simulator> {
  const simulator = await startSimulator(config);
  const waitFor = simulator.waitFor.bind(simulator);
  return Object.assign(simulator, {
    waitFor: (...[holds, options]: Parameters<Simulator["waitFor"]>) =>
      waitFor(holds, { timeoutMs: SAFETY_NET_MS, ...options }),
  });
}
