// Runs a simulator in a separate process. Usage: node simulator-process.ts CONFIG-AS-JSON. Prints one line of JSON.
import { startSimulator, type SimulatorConfig } from "@caselink/simulator";

const simulator = await startSimulator(JSON.parse(process.argv[2] ?? "{}") as SimulatorConfig);
console.log(JSON.stringify({ event: "listening", url: simulator.url }));
process.once("SIGTERM", () => void simulator.close());
