import { Option, type Argument, type Command } from "commander";
import { EXAMPLES, type Example } from "./examples.ts";

/** The option that shows the help. */
export const HELP_OPTION = ["-h, --help", "show this help"] as const;

const LAST_GROUP = "Output and help:";

/** Describes an option or argument in the help: choices and default as they are typed, and no default that is empty. */
export function describeValue(of: Option | Argument): string {
  const { description, argChoices, defaultValue, defaultValueDescription } = of;
  const facts: string[] = [];
  if (argChoices) facts.push(argChoices.join(", "));
  const shown = defaultValueDescription ?? (typeof defaultValue === "object" ? undefined : defaultValue);
  if (shown !== undefined) facts.push(`default: ${String(shown)}`);
  return facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
}

/** Adds the options that every command has, after its own, and the examples. */
export function completeHelp(program: Command, withoutOptions: ReadonlySet<string>): void {
  for (const command of [program, ...program.commands]) {
    const name = command === program ? "" : command.name();
    const examples = EXAMPLES[name];
    if (examples) command.addHelpText("after", `\n${exampleLines(examples).join("\n")}`);
    if (command === program || withoutOptions.has(name)) continue;
    command
      .optionsGroup(LAST_GROUP)
      .option("--json", "print only lines of JSON on standard output")
      .option("--quiet", "print no progress")
      .addHelpOption(new Option(...HELP_OPTION).helpGroup(LAST_GROUP));
  }
}

function exampleLines(examples: readonly Example[]): string[] {
  const lines = examples.flatMap(([line, what]) => [`  ${line}`, `      ${what}`]);
  return [examples.length === 1 ? "Example:" : "Examples:", ...lines];
}
