import { InvalidArgumentError, Option, type Command } from "commander";
import { parseDuration } from "../screen/format.ts";

const DAY_MS = 86_400_000;

/** The formats that `--format` can name. */
export const INPUT_FORMATS = ["csv", "tsv", "jsonl", "json", "xlsx", "parquet"] as const;

/** Adds the options that `plan` and `run` share. */
export function addPlanOptions(command: Command): Command {
  return command
    .optionsGroup("Input:")
    .addOption(
      new Option("--format <format>", "format of the input; default: by its name and content").choices(INPUT_FORMATS),
    )
    .option("--sheet <name>", "sheet of a spreadsheet; default: the first that is not hidden")
    .option("--map <field=Column>", "read a field from a column with another name (repeatable)", collectMap, {})
    .option("--group-id <id>", "group of the rows without one")
    .optionsGroup("Batch:")
    .addOption(
      new Option(
        "--over-limit <policy>",
        "if a ticket cannot take all its rows: send none (refuse), or the first that fit (fill)",
      )
        .choices(["refuse", "fill"])
        .default("refuse"),
    )
    .option("--max-rate <number>", "maximum requests per second; default: none", positiveNumber)
    .option("--batch <id>", "id of the batch: 1-64 of A-Z a-z 0-9 . _ -; default: a new one")
    .addOption(
      new Option("--give-up-after <duration>", "stop retrying what keeps failing after, for example, 90m, 24h, 2d")
        .argParser(giveUpAfter)
        .default(DAY_MS, "24h"),
    )
    .addOption(
      new Option(
        "--read-lag <duration>",
        "how long the API may take to show what was written, up to 60s; default: 5s",
      ).argParser(readLag),
    );
}

function collectMap(pair: string, map: Record<string, string>): Record<string, string> {
  const at = pair.indexOf("=");
  if (at < 1 || at === pair.length - 1)
    throw new InvalidArgumentError("expected field=Column, for example case_id=Ticket");
  return { ...map, [pair.slice(0, at)]: pair.slice(at + 1) };
}

function giveUpAfter(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds < 1 || milliseconds > 365 * DAY_MS) {
    throw new InvalidArgumentError("expected a duration above 0 and up to 365d, such as 90m, 24h or 2d");
  }
  return milliseconds;
}

function readLag(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds > 60_000)
    throw new InvalidArgumentError("expected a duration up to 60s, such as 8s");
  return milliseconds;
}

/** How long a new namespace keeps the end of a batch. */
export const DEFAULT_RETENTION_MS = 30 * DAY_MS;
/** As `cluster check` demands; see cluster/check-namespace.ts. */
const MIN_RETENTION_MS = 3 * DAY_MS;

export function retention(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds < MIN_RETENTION_MS || milliseconds > 365 * DAY_MS)
    throw new InvalidArgumentError("expected a duration from 3d to 365d, such as 30d");
  return milliseconds;
}

/** The values of an option that can be repeated. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

export function positiveNumber(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError("expected a number above 0");
  return number;
}

export const rateOrNone = (text: string): number | undefined => (text === "none" ? undefined : positiveNumber(text));

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("expected a whole number");
  return Number(text);
}

/** The arguments of a `plan` or `run` without the options that do not apply to the `run` that follows. */
export function wordsForRun(args: readonly string[]): string[] {
  const words = args.filter((word) => !NOT_FOR_RUN.has(word) && !word.startsWith("--out="));
  const at = words.indexOf("--out");
  return at < 0 ? words : words.toSpliced(at, 2);
}

const NOT_FOR_RUN: ReadonlySet<string> = new Set([
  "--dry-run",
  "--json",
  "--quiet",
  "--check",
  "--skip-related",
  "--save",
]);
