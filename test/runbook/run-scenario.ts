import { readGuide, type GuideStep } from "../guides/read-guide.ts";
import { openShell, type ShellSession } from "../guides/shell-session.ts";
import { PRELUDE } from "./prelude.ts";
import type { Scenario } from "./scenario.ts";

export interface ScenarioPlace {
  /** The runbook. */
  page: string;
  folder: string;
  env: NodeJS.ProcessEnv;
  temporalAddress: string;
  /** A free port for the simulator. */
  port: number;
  /** Called with the shell before its first command. */
  onStart?: (shell: ShellSession) => void;
}

/**
 * Arranges an incident, runs the commands of its section, and returns what they printed.
 *
 * @param check is called before the session ends, with a function that returns the report of a batch as lines of JSON
 * @throws if a command does not end with its exit status
 */
export async function runScenario(
  scenario: Scenario,
  place: ScenarioPlace,
  check: (report: (batch: string) => Promise<string>) => Promise<void>,
): Promise<string> {
  const { page, folder, env, port, temporalAddress } = place;
  await using shell = openShell({ cwd: folder, env: { ...env, ...environmentOf(port, temporalAddress, folder) } });
  place.onStart?.(shell);
  await run(shell, PRELUDE, 0);
  await shell.startInBackground(`caselink simulator --port ${port}`, "The simulator listens");
  for (const { text, status } of commandsOf(scenario.arrange)) await run(shell, text, status);
  let printed = "";
  for (const part of sectionOf(page, scenario.section).split(/^(?=<!-- meanwhile: )/m)) {
    const [, name] = /^<!-- meanwhile: (.+) -->/.exec(part) ?? [];
    if (name !== undefined)
      for (const { text, status } of commandsOf(meanwhile(scenario, name))) await run(shell, text, status);
    for (const { text, status } of readGuide(part).flatMap(commandsOfStep)) printed += await run(shell, text, status);
  }
  await check(async (batch) => await run(shell, `caselink report ${batch} --json`, 0));
  await run(shell, "stop_workers", 0);
  return printed;
}

const environmentOf = (port: number, temporalAddress: string, folder: string): NodeJS.ProcessEnv => ({
  TEMPORAL_ADDRESS: temporalAddress,
  CASELINK_LEDGER: `${folder}/ledger`,
  CASELINK_ENDPOINT: `http://127.0.0.1:${port}`,
  CASELINK_TOKEN: "demo-token",
  API: `127.0.0.1:${port}`,
});

function meanwhile({ section, meanwhile: events = {} }: Scenario, name: string): string {
  const commands = events[name];
  if (commands === undefined) throw new Error(`the scenario of "${section}" does not say what happens at "${name}"`);
  return commands;
}

const commandsOf = (script: string) => readGuide(`\`\`\`sh\n${script}\n\`\`\`\n`).flatMap(commandsOfStep);

const commandsOfStep = (step: GuideStep) => (step.kind === "run" ? step.commands : []);

/** The text of a section, without its heading. */
function sectionOf(page: string, heading: string): string {
  const start = `\n## ${heading}\n`;
  const at = page.indexOf(start);
  if (at < 0) throw new Error(`the runbook has no section "${heading}"`);
  const text = page.slice(at + start.length);
  const end = text.indexOf("\n## ");
  return end < 0 ? text : text.slice(0, end + 1);
}

async function run(shell: ShellSession, command: string, status: number): Promise<string> {
  const ended = await shell.run(command);
  if (ended.status === status) return ended.output;
  throw new Error(`${command}\nended with ${ended.status}, not ${status}:\n${ended.output}`);
}
