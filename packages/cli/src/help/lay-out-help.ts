import { Option, type Argument, type Command, type HelpConfiguration } from "commander";
import { t, translated } from "../language/words.ts";
import { widthOf, wrapped } from "../screen/format.ts";
import { EXAMPLES, type Example } from "./examples.ts";

/** The option that shows the help. */
export const HELP_OPTION = ["-h, --help", "show this help"] as const;

const LAST_GROUP = "Output and help:";

/** Commander's help in the language of the user. */
export const HELP_FORMAT: HelpConfiguration = {
  commandDescription: (command) => translated(command.description()),
  subcommandDescription: (command) => translated(command.summary() || command.description()),
  optionDescription: describeValue,
  argumentDescription: describeValue,
  styleTitle: (title) => translated(title),
  displayWidth: widthOf,
  boxWrap: (text, width) =>
    text
      .split("\n")
      .flatMap((line) => wrapped(line, width))
      .join("\n"),
};

/** Describes an option or argument in the help: choices and default as they are typed, and no default that is empty. */
function describeValue(of: Option | Argument): string {
  const { argChoices, defaultValue, defaultValueDescription } = of;
  const description = translated(of.description);
  const choices = argChoices?.join(", ");
  const shown = defaultValueDescription ?? (typeof defaultValue === "object" ? undefined : defaultValue);
  const usual = shown === undefined ? undefined : t`default: ${String(shown)}`;
  const facts = choices !== undefined && usual !== undefined ? t`${choices}; ${usual}` : (choices ?? usual);
  return facts === undefined ? description : t`${description} (${facts})`;
}

/** Adds the options that every command has, after its own, and the examples. */
export function completeHelp(program: Command, withoutOptions: ReadonlySet<string>): void {
  for (const command of [program, ...program.commands]) {
    const name = command === program ? "" : command.name();
    const examples = EXAMPLES[name];
    if (examples) command.addHelpText("after", () => `\n${exampleLines(examples).join("\n")}`);
    if (command === program || withoutOptions.has(name)) continue;
    command
      .optionsGroup(LAST_GROUP)
      .option("--json", "print only lines of JSON on standard output")
      .option("--quiet", "print no progress")
      .addHelpOption(new Option(...HELP_OPTION).helpGroup(LAST_GROUP));
  }
}

function exampleLines(examples: readonly Example[]): string[] {
  const lines = examples.flatMap(([line, what]) => [`  ${line}`, `      ${translated(what)}`]);
  return [examples.length === 1 ? t`Example:` : t`Examples:`, ...lines];
}
