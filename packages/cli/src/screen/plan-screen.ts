import type { BatchRecord, CannotFit, PlanPreview } from "@caselink/ledger";
import { count, counted, duration, table, wrapped } from "./format.ts";

/** Shown of each list; the rejects file has all. */
const SHOWN = 5;
/** The API gateway's default limit, where no maximum is given: osm-api, "Rate limits". */
export const USUAL_RATE = 100;
const WIDTH = 78;

/** Most calls that a plan may take: a look at each ticket, and a write. */
export const callsOf = (plan: PlanPreview): number => plan.record.counts.tickets_to_send * 2;

/** What would be done with the rows, in numbers, and which tickets ask for too much. */
export function planScreen(plan: PlanPreview): string {
  const { counts, inputs } = plan.record;
  const title = `Plan for ${inputs.map(({ name }) => name).join(", ")}`;
  const size = `${counted(counts.lines, "line")}, ${counted(counts.rows, "row")}`;
  const numbers: [number, string, string][] = [
    [counts.to_send, "to send", `${counted(counts.tickets_to_send, "ticket")}, at most ${count(callsOf(plan))} calls`],
  ];
  if (counts.duplicate > 0) {
    numbers.push([counts.duplicate, counts.duplicate === 1 ? "repeats an earlier row" : "repeat an earlier row", ""]);
  }
  if (counts.limit_reached > 0) {
    const asks = plan.cannotFitCount === 1 ? "asks" : "ask";
    const tickets = `${counted(plan.cannotFitCount, "ticket")} ${asks} for more than three (see below)`;
    numbers.push([counts.limit_reached, "cannot fit", tickets]);
  }
  if (counts.invalid > 0) numbers.push([counts.invalid, "invalid", ""]);
  return [
    title.length + size.length + 2 > WIDTH
      ? [...wrapped(title, WIDTH), size].join("\n")
      : title.padEnd(WIDTH - size.length) + size,
    "",
    ...table(numbers, 2).map((line) => `  ${line}`),
    ...cannotFit(plan),
  ].join("\n");
}

/** A batch that is about to run. */
export function batchLine({ id, counts }: BatchRecord): string {
  const { to_send, rows, tickets_to_send } = counts;
  return `Batch ${id}: ${count(to_send)} of ${counted(rows, "row")} to send for ${counted(tickets_to_send, "ticket")}.`;
}

/** How long it would take. */
export function planEstimate(plan: PlanPreview, calls = callsOf(plan)): string {
  const { counts, options } = plan.record;
  if (counts.to_send === 0) return "There is nothing to send.";
  const rate = options.max_rate ?? USUAL_RATE;
  const time = duration(Math.max(1000, (calls / rate) * 1000));
  return `About ${time} at ${counted(rate, "request")} a second. Nothing was sent.`;
}

function cannotFit(plan: PlanPreview): string[] {
  if (plan.cannotFitCount === 0) return [];
  const shown = plan.cannotFit.slice(0, SHOWN);
  const asks = shown.map(({ asked }) => `${asked} associations asked, 3 possible`);
  // What is left between the ticket and what it asks.
  const room = WIDTH - 6 - widest(shown.map(({ ticket }) => ticket)) - widest(asks);
  const rows = shown.map((ticket, at) => [ticket.ticket, placesText(ticket, room), asks[at] ?? ""]);
  return [
    "",
    "Cannot fit",
    ...table(rows, 2).map((line) => `  ${line}`),
    ...more(plan.cannotFitCount - shown.length, ""),
  ];
}

const widest = (texts: readonly string[]): number => Math.max(...texts.map(({ length }) => length));

/** `lines 88, 90 ...`, of several inputs `a.csv 2, 3; b.csv 2`: the first at least, and as many as there is room for. */
function placesText({ lines, files }: CannotFit, room: number): string {
  let text = "";
  for (const [at, line] of lines.entries()) {
    const file = files?.[at];
    const isNext = at > 0 && file === files?.[at - 1];
    const name = file === undefined ? (lines.length === 1 ? "line" : "lines") : file;
    const longer = `${text}${isNext ? "," : at > 0 ? `; ${name}` : name} ${count(line)}`;
    const isLast = at + 1 === lines.length;
    if (at > 0 && longer.length + (isLast ? 0 : 4) > room) return `${text} ...`;
    text = longer;
  }
  return text;
}

interface WrittenRejects {
  path: string;
  /** A file of the first choice's name that holds somebody's work. */
  kept?: string;
  rerun: string;
}

/**
 * The faults of the input, the first twenty: where, what, and what to do; at last how to go on with the rejects.
 *
 * @param rejects where they were written, and the command that runs them
 */
export function faultLines(plan: PlanPreview, rejects: WrittenRejects | undefined): string[] {
  if (plan.faultCount === 0) return [];
  const { inputs } = plan.record;
  const hasSeveralFiles = inputs.length > 1;
  const settings = table(
    plan.faults.map(({ file, line, column, value }) => [
      `${hasSeveralFiles ? `${file} ` : ""}line ${count(line)}`,
      column ?? "",
      shortened(JSON.stringify(value)),
    ]),
    2,
  );
  const reasonAt = widest(settings) + 5;
  const told = plan.faults.map(({ reason, advice }) => (advice ? [`${reason};`, advice] : [reason]));
  // Beside its place where all of it fits, else below.
  const isBeside = told.flat().every((text) => reasonAt + text.length <= WIDTH);
  const indent = " ".repeat(isBeside ? reasonAt : 6);
  const lines = [hasSeveralFiles ? "Invalid" : `Invalid in ${inputs[0]?.name ?? "the input"}`];
  for (const [at, parts] of told.entries()) {
    const place = `  ${settings[at] ?? ""}`;
    const together = parts.join(" ");
    const width = WIDTH - indent.length;
    const texts = together.length <= width ? [together] : parts.flatMap((part) => wrapped(part, width));
    if (isBeside) lines.push(place.padEnd(reasonAt) + (texts.shift() ?? ""));
    else lines.push(place);
    lines.push(...texts.map((line) => indent + line));
  }
  const left = plan.faultCount - plan.faults.length;
  lines.push(...more(left, rejects ? ` in ${rejects.path}` : ""));
  if (rejects) {
    if (left <= 0) lines.push(`  all of them, ready to be mended, in ${rejects.path}`);
    if (rejects.kept !== undefined) lines.push(`  (${rejects.kept} was changed since, and stays as it is)`);
    lines.push(`  then: ${rejects.rerun}`);
  }
  return lines;
}

const LONGEST_VALUE = 34;

function shortened(value: string): string {
  return value.length <= LONGEST_VALUE ? value : `${value.slice(0, LONGEST_VALUE - 2)}…"`;
}

const more = (left: number, where: string): string[] => (left > 0 ? [`  ... ${count(left)} more${where}`] : []);

/** What is not wrong and yet most likely not meant, two lines each. */
export function noticeLines({ notices }: PlanPreview): string[] {
  if (notices.length === 0) return [];
  const lines = notices.flatMap(({ file, line, column, reason, advice }) => [
    `  ${column === undefined ? file : `${file} line ${count(line)}, ${column}`}: ${reason};`,
    `    ${advice}`,
  ]);
  return ["Notice", ...lines];
}
