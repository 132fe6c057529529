import type { Argument, Command, Option } from "commander";

/** The kind of word that can replace the last one of a command line. */
export type Place =
  | { kind: "command" }
  | { kind: "option"; options: readonly Option[] }
  /** `prefix`: what the word has before the value, such as `--format=`. */
  | { kind: "value"; of: Option | Argument; prefix: string }
  | { kind: "nothing" };

/**
 * Finds what can stand in place of the last word, by the program's own definition.
 *
 * @param words what follows the command's name; the last is the one to complete, and may be empty
 */
export function findPlace(program: Command, words: readonly string[]): Place {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const at = before.findIndex((word) => !word.startsWith("-"));
  if (at < 0) return isOption(current) ? { kind: "option", options: optionsOf(program) } : { kind: "command" };
  const command = program.commands.find((known) => known.name() === before[at]);
  return command ? findPlaceIn(command, before.slice(at + 1), current) : { kind: "nothing" };
}

function findPlaceIn(command: Command, before: readonly string[], current: string): Place {
  const { operands, open, used, isOptionsEnd } = read(command, before);
  if (open && !(open.variadic && isOption(current))) return { kind: "value", of: open, prefix: "" };
  const left = optionsOf(command).filter((option) => !used.has(option) || isRepeatable(option));
  if (!isOptionsEnd && isOption(current)) {
    const end = current.indexOf("=") + 1;
    if (end === 0) return { kind: "option", options: left };
    const of = findOption(command, current);
    return of && takesValue(of) ? { kind: "value", of, prefix: current.slice(0, end) } : { kind: "nothing" };
  }
  const { registeredArguments: args } = command;
  const argument = args[operands] ?? (args.at(-1)?.variadic ? args.at(-1) : undefined);
  if (argument) return { kind: "value", of: argument, prefix: "" };
  return current === "" && !isOptionsEnd ? { kind: "option", options: left } : { kind: "nothing" };
}

/** Reads the words before the last: the number of operands, the options, and the option that still takes a value. */
function read(command: Command, words: readonly string[]) {
  const used = new Set<Option>();
  let operands = 0;
  let open: Option | undefined;
  let isOptionsEnd = false;
  for (const word of words) {
    if (isOptionsEnd) operands += 1;
    else if (open && !(open.variadic && isOption(word))) {
      if (!open.variadic) open = undefined;
    } else if (word === "--") isOptionsEnd = true;
    else if (!isOption(word)) operands += 1;
    else {
      const option = findOption(command, word);
      if (option) used.add(option);
      open = option && takesValue(option) && !word.includes("=") ? option : undefined;
    }
  }
  return { operands, open, used, isOptionsEnd };
}

/** True for `-x` and `--x`; a hyphen alone is standard input. */
const isOption = (word: string): boolean => word.startsWith("-") && word !== "-";

const takesValue = (option: Option): boolean => option.required || option.optional;

const isRepeatable = ({ description }: Option): boolean => description.includes("(repeatable)");

const optionsOf = (command: Command): Option[] => command.createHelp().visibleOptions(command);

function findOption(command: Command, word: string): Option | undefined {
  const [name] = word.split("=");
  return optionsOf(command).find(({ long, short }) => name === long || name === short);
}
