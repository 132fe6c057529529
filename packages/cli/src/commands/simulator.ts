import { loadSimulatorConfig, startSimulator } from "@caselink/simulator";
import { exitStatus, type ExitStatus } from "../exit-status.ts";
import { aborted, watchInterrupts } from "../interrupts.ts";
import type { Output } from "../output.ts";

/** The simulator in the foreground. */
export async function simulator(options: { port?: number; config?: string }, output: Output): Promise<ExitStatus> {
  const interrupts = watchInterrupts();
  const config = options.config === undefined ? {} : await loadSimulatorConfig(options.config);
  const server = await startSimulator({ ...config, ...(options.port !== undefined && { port: options.port }) });
  output.event({ event: "listening", url: server.url });
  output.print(`The simulator listens on ${server.url}. It knows the token demo-token. Ctrl-C ends it.`);
  await aborted(interrupts.detach);
  await server.close();
  interrupts.stop();
  return exitStatus.succeeded;
}
