import type { Argument, Command, Option } from "commander";
import { findPlace } from "./find-place.ts";
import { TOPIC_NAMES, topicTitles } from "../help/topic-names.ts";
import { translated } from "../language/words.ts";
import { findBatchIds } from "./batch-ids.ts";
import type { CommandHost } from "../settings.ts";

/** A word that can replace the last one, and what a shell shows next to it. */
interface Candidate {
  value: string;
  description?: string;
}

/** In the language of the user. */
const withDescription = (value: string, description: string): Candidate => ({
  value,
  description: translated(description),
});

/** The words that can replace the last one; `files`: the shell completes the name of a file. */
export type Candidates = readonly Candidate[] | "files";

/** The environment in which the candidates are looked for. */
type Here = Pick<CommandHost, "env" | "cwd"> & { program: Command };

/** Finds the values of options and arguments that begin with what was typed. */
type FindValues = (typed: string, here: Here) => Candidates | Promise<Candidates>;

/** By the name that the value has in the help. Only the user knows the values of other names. */
const VALUES: Readonly<Record<string, FindValues>> = {
  file: () => "files",
  input: () => "files",
  batch: async (typed, here) => (await findBatchIds(typed, here)).map((value) => ({ value })),
  outcomes: findOutcomes,
  rate: () => [withDescription("none", "removes the maximum")],
  "field=Column": () => ["case_id=", "related_id=", "related_ids=", "group_id="].map((value) => ({ value })),
  topic: (_typed, { program }) => [
    ...TOPIC_NAMES.map((value) => withDescription(value, topicTitles[value])),
    ...commandsOf(program).filter(({ value }) => value !== "help"),
  ],
};

/**
 * Finds the words that can replace the last one of a command line.
 *
 * @param words what follows the command's name; the last is the one to complete, and may be empty
 */
export async function findCandidates(words: readonly string[], here: Here): Promise<Candidates> {
  const current = words.at(-1) ?? "";
  const place = findPlace(here.program, words);
  if (place.kind === "nothing") return [];
  if (place.kind === "command") return beginningWith(current, commandsOf(here.program));
  if (place.kind === "option")
    return beginningWith(
      current,
      place.options.map(({ long, flags, description }) => withDescription(long ?? flags, description)),
    );
  const { of, prefix } = place;
  const values = await valuesOf(of, current.slice(prefix.length), here);
  if (values === "files") return values;
  const whole = values.map(({ value, ...rest }) => ({ value: prefix + value, ...rest }));
  return beginningWith(current, whole);
}

function valuesOf(of: Option | Argument, typed: string, here: Here): Candidates | Promise<Candidates> {
  if (of.argChoices) return of.argChoices.map((value) => ({ value }));
  return VALUES[valueName(of)]?.(typed, here) ?? [];
}

/** The name in `--out <file>`, `[input...]` and the like. */
function valueName(of: Option | Argument): string {
  return "flags" in of ? (/[<[]([^\]>]+?)(?:\.{3})?[\]>]/.exec(of.flags)?.[1] ?? "") : of.name();
}

function commandsOf(program: Command): Candidate[] {
  const commands = program.createHelp().visibleCommands(program);
  return commands.map((command) => withDescription(command.name(), command.description()));
}

/** Outcomes that are not in the list yet, each with the list before it. */
async function findOutcomes(typed: string): Promise<Candidate[]> {
  const [{ outcomeWords }, { NEEDS_FIX }] = await Promise.all([
    import("@caselink/ledger"),
    import("../commands/parse-outcomes.ts"),
  ]);
  const before = typed.slice(0, typed.lastIndexOf(",") + 1);
  const named = before.split(",");
  const meanings = { ...outcomeWords, [NEEDS_FIX]: "all that need a fix" };
  return Object.entries(meanings)
    .filter(([outcome]) => !named.includes(outcome))
    .map(([outcome, description]) => withDescription(before + outcome, description));
}

const beginningWith = (typed: string, candidates: readonly Candidate[]): Candidate[] =>
  candidates.filter(({ value }) => value.startsWith(typed));
