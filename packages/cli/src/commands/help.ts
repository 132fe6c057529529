import type { Command } from "commander";
import { closestMatch } from "leven";
import { exitStatus, UserError, type ExitStatus } from "../errors.ts";
import { TOPIC_NAMES } from "../help/topic-names.ts";
import { topicText } from "../help/topics.ts";
import { t } from "../language/words.ts";
import type { CommandHost } from "../settings.ts";

/** Prints the help of a command, the text of a topic, or without either the list of all commands. */
export async function help(
  name: string | undefined,
  program: Command,
  host: CommandHost,
  width: number,
): Promise<ExitStatus> {
  if (name === undefined) {
    program.outputHelp();
    return exitStatus.succeeded;
  }
  const topic = TOPIC_NAMES.find((known) => known === name);
  if (topic !== undefined) {
    host.stdout.write(await topicText(topic, host, width));
    return exitStatus.succeeded;
  }
  const commands = program.createHelp().visibleCommands(program);
  const command = commands.find((known) => known.name() === name);
  if (command === undefined) throw new UserError(unknownName(name, commands));
  command.outputHelp();
  return exitStatus.succeeded;
}

function unknownName(name: string, commands: readonly Command[]): string {
  const similar = closestMatch(name, [...TOPIC_NAMES, ...commands.map((command) => command.name())], {
    maxDistance: 3,
  });
  const problem =
    similar === undefined
      ? t`no command or topic is named ${name}.`
      : t`no command or topic is named ${name}. Did you mean ${similar}?`;
  return `${problem}\n  ${t`Topics are ${TOPIC_NAMES.join(", ")}.`}\n  ${t`caselink --help lists all commands`}`;
}
