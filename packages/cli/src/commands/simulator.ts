import { loadSimulatorConfig, SimulatorConfigError, startSimulator, type Simulator } from "@caselink/simulator";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t } from "../language/words.ts";
import { aborted, watchInterrupts } from "../run/interrupts.ts";
import type { Output } from "../output.ts";
import { pathOf, type CommandHost } from "../settings.ts";
import { listenError } from "./listen-error.ts";

export interface SimulatorOptions {
  port?: number;
  config?: string;
}

/** Runs the simulator in the foreground. */
export async function simulator(options: SimulatorOptions, host: CommandHost, output: Output): Promise<ExitStatus> {
  const interrupts = watchInterrupts();
  const server = await start(options, host);
  output.event({ event: "listening", url: server.url });
  output.print(t`The simulator listens on ${server.url}. It accepts the token demo-token. Ctrl-C ends it.`);
  await aborted(interrupts.detach);
  await server.close();
  interrupts.stop();
  return exitStatus.succeeded;
}

/** @throws {UserError} if the configuration is invalid or the port is in use */
async function start({ config: file, port }: SimulatorOptions, host: CommandHost): Promise<Simulator> {
  try {
    const config = file === undefined ? {} : await loadSimulatorConfig(pathOf(host, file));
    return await startSimulator({ ...config, ...(port !== undefined && { port }) });
  } catch (error) {
    if (error instanceof SimulatorConfigError) throw new UserError(error.message);
    throw listenError(error, port, "127.0.0.1");
  }
}
