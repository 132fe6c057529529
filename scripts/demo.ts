// The demo: starts the simulator and a local Temporal and runs a file with many kinds of problems as a durable batch. At a
// terminal the simulator and Temporal's page stay open until a key is pressed.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { shellWords } from "../packages/cli/src/commands/shell-command.ts";
import { wantsColors } from "../packages/cli/src/screen/color-choice.ts";
import { ensureBuilt } from "./ensure-built.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "packages/cli/dist/main.js");
const CASELINK = "npx -y pnpm@12 --silent caselink";

await ensureBuilt();
// A separate state folder: the demo does not touch the user's ledger. The folder is kept for inspection.
const home = await mkdtemp(join(tmpdir(), "caselink-demo-"));

/** What can be done after the simulator has ended, too. */
const REPORTS = [
  "report demo --outcome needs-fix",
  `report demo --format html --out ${shellWords([join(home, "report.html")])}`,
];
const config = ["--config", join(root, "examples/simulator.json")];
const simulator = start(["simulator", "--json", ...config], process.env, ["ignore", "pipe", "inherit"]);
try {
  const url = String((await event(simulator, "listening"))["url"]);
  console.log(`The simulator of the API listens on ${url}. It is slow, rate-limited and loses responses.\n`);
  const own = { CASELINK_HOME: home, CASELINK_ENDPOINT: url, CASELINK_TOKEN: "demo-token" };
  const env = { ...withoutSettings(process.env), ...own };
  const status = await run(env);
  // Some rows cannot succeed, so the expected exit status is 3.
  if (status !== 3) throw new Error(`the demo ended with exit status ${status}; 3 was expected`);
  console.log(`All files of the demo are in ${home}
  the report  ${join(home, "ledger/batches/demo/report.csv")}`);
  const isAtTerminal = process.stdin.isTTY && process.stdout.isTTY;
  await (isAtTerminal ? stayOpen(env, own) : printCommands({ CASELINK_HOME: home }, REPORTS));
} finally {
  simulator.kill();
}

/** Runs the batch. Its last lines, which name commands, are left out: they would need the variables of the demo. */
async function run(env: NodeJS.ProcessEnv): Promise<number> {
  const args = ["run", "examples/associations.csv", "--batch", "demo", "--yes"];
  const colored = { ...env, FORCE_COLOR: wantsColors(process.stdout, env) ? "1" : "0" };
  const child = start(args, colored, ["inherit", "pipe", "inherit"]);
  const ended = once(child, "exit") as Promise<[number | null]>;
  let isNext = false;
  for await (const line of linesOf(child)) {
    isNext ||= line.startsWith("Report ");
    if (!isNext) console.log(line);
  }
  return (await ended)[0] ?? 1;
}

/** Keeps Temporal running with a worker, until a key is pressed or the terminal is closed. */
async function stayOpen(env: NodeJS.ProcessEnv, own: Record<string, string>): Promise<void> {
  const worker = start(["worker", "--json"], env, ["ignore", "pipe", "ignore"]);
  const ended = once(worker, "exit");
  try {
    await event(worker, "working");
    const { ui } = JSON.parse(await readFile(join(home, "temporal.json"), "utf8")) as { ui: string };
    console.log(`
Open until you press a key:
  the simulator    ${own["CASELINK_ENDPOINT"]}
  Temporal's page  ${ui}`);
    printCommands(own, [...REPORTS, "verify demo", "undo demo --yes", "list"]);
    console.log("\nPress a key to end.");
    await keyPressed();
  } finally {
    worker.kill();
    await ended;
  }
}

/** Prints commands that can be pasted into another shell, with the variables that they need. */
function printCommands(variables: Record<string, string>, commands: readonly string[]): void {
  // The settings of the user's shell would name another ledger or a cluster.
  const others = Object.keys(process.env).filter((name) => isSetting(name) && !(name in variables));
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${shellWords([value])}`);
  const lines = [
    `cd ${shellWords([root])}`,
    ...(others.length > 0 ? [`unset ${others.join(" ")}`] : []),
    `export ${settings.join(" ")}`,
    ...commands.map((command) => `${CASELINK} ${command}`),
  ];
  console.log(["", "Try in another shell:", ...lines.map((line) => `  ${line}`)].join("\n"));
  console.log('\nNext: README.md, "Run it on your tickets".');
}

/** Any key, also Ctrl-C, which a terminal in this mode does not turn into a signal. */
async function keyPressed(): Promise<void> {
  const { stdin } = process;
  stdin.setRawMode(true);
  await Promise.race([once(stdin, "data"), once(stdin, "end")]);
  stdin.setRawMode(false);
  stdin.pause();
}

/** True for a variable of caselink or Temporal, except for the one that names the Temporal CLI. */
function isSetting(name: string): boolean {
  return /^(?:CASELINK|TEMPORAL|HUAWEICLOUD_SDK)_/.test(name) && name !== "CASELINK_TEMPORAL_CLI";
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSetting(name)));
}

function start(args: string[], env: NodeJS.ProcessEnv, stdio: ("ignore" | "inherit" | "pipe")[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { cwd: root, env, stdio });
}

function linesOf({ stdout }: ChildProcess) {
  if (!stdout) throw new Error("the process has no output");
  return createInterface({ input: stdout });
}

/** Waits for an event among the lines of JSON that a process prints. */
async function event(child: ChildProcess, name: string): Promise<Record<string, unknown>> {
  for await (const line of linesOf(child)) {
    const printed = JSON.parse(line) as Record<string, unknown>;
    if (printed["event"] === name) return printed;
  }
  throw new Error(`the process ended before it printed the event ${name}`);
}
