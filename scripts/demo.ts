// The demo: starts the simulator and a local Temporal and runs a file with many kinds of problems as a durable batch.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./ensure-built.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "packages/cli/dist/main.js");

await ensureBuilt();
// A separate state folder: the demo does not touch the user's ledger. The folder is kept for inspection.
const home = await mkdtemp(join(tmpdir(), "caselink-demo-"));

const simulator = spawn(
  process.execPath,
  [main, "simulator", "--json", "--config", join(root, "examples/simulator.json")],
  {
    stdio: ["ignore", "pipe", "inherit"],
  },
);
try {
  const url = await listeningUrl(simulator);
  console.log(`The simulator of the API listens on ${url}. It is slow, rate-limited and loses responses.\n`);
  const env = { ...process.env, CASELINK_HOME: home, CASELINK_ENDPOINT: url, CASELINK_TOKEN: "demo-token" };
  delete (env as NodeJS.ProcessEnv)["CASELINK_LEDGER"];
  delete (env as NodeJS.ProcessEnv)["TEMPORAL_ADDRESS"];
  const status = await caselink(["run", "examples/associations.csv", "--batch", "demo", "--yes"], env);
  // Some rows cannot succeed, so the expected exit status is 3.
  if (status !== 3) throw new Error(`the demo ended with exit status ${status}; 3 was expected`);
  console.log(`
All files of the demo are in ${home}
  the report           ${join(home, "ledger/batches/demo/report.csv")}
  Temporal's web page  CASELINK_HOME=${home} CASELINK_ENDPOINT=${url} CASELINK_TOKEN=demo-token npx -y pnpm@12 caselink worker
                       shows its address while it runs
Next: README.md, "Run it on your tickets".`);
} finally {
  simulator.kill();
}

async function caselink(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, [main, ...args], { cwd: root, env, stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

async function listeningUrl({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error("the simulator has no output");
  for await (const line of createInterface({ input: stdout })) {
    const event = JSON.parse(line) as { event: string; url?: string };
    if (event.event === "listening" && event.url) return event.url;
  }
  throw new Error("the simulator ended before it listened");
}
