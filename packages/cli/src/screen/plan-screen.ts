import type { BatchRecord, TicketOverLimit, PlanPreview } from "@caselink/ledger";
import { t, translated } from "../language/words.ts";
import { widthOf, count, counted, duration, joined, listed, padColumns, table, wrapped } from "./format.ts";

/** Tickets shown that are over the limit. */
const SHOWN = 5;
/** Requests per second without `--max-rate`: the API gateway's default limit (osm-api, "Rate limits"). */
export const USUAL_RATE = 100;
const WIDTH = 78;

/** The maximum number of calls for a plan: one read and one write for each ticket. */
export const callsOf = (plan: PlanPreview): number => plan.record.counts.tickets_to_send * 2;

/** How many rows would be sent, how many not and why, and the tickets that are over the limit. */
export function planScreen(plan: PlanPreview): string {
  const { counts, inputs } = plan.record;
  const title = t`Plan for ${listed(inputs.map(({ name }) => name))}`;
  const rows = counted(counts.rows, "row");
  const size = counts.lines === 1 ? t`1 line, ${rows}` : t`${count(counts.lines)} lines, ${rows}`;
  const calls = t`${counted(counts.tickets_to_send, "ticket")}, at most ${count(callsOf(plan))} calls`;
  const numbers: [number, string, string][] = [[counts.to_send, t`to send`, calls]];
  if (counts.duplicate > 0) numbers.push([counts.duplicate, t`duplicate`, t`same as an earlier row`]);
  if (counts.limit_reached > 0) {
    const tickets = counted(plan.ticketsOverLimitCount, "ticket");
    const asked =
      plan.ticketsOverLimitCount === 1
        ? t`${tickets} asks for more than three (see below)`
        : t`${tickets} ask for more than three (see below)`;
    numbers.push([counts.limit_reached, t`over limit`, asked]);
  }
  if (counts.invalid > 0) numbers.push([counts.invalid, t`invalid`, t`(see below)`]);
  return [
    widthOf(title) + widthOf(size) + 2 > WIDTH
      ? [...wrapped(title, WIDTH), size].join("\n")
      : padColumns(title, WIDTH - widthOf(size)) + size,
    "",
    ...table(numbers, 2).map((line) => `  ${line}`),
    ...overLimitLines(plan),
  ].join("\n");
}

/** The line that announces a batch before it starts. */
export function batchLine({ id, counts }: BatchRecord): string {
  const { to_send, rows, tickets_to_send } = counts;
  return t`Batch ${id}: ${count(to_send)} of ${counted(rows, "row")} to send for ${counted(tickets_to_send, "ticket")}.`;
}

/** The estimated duration of a run. */
export function planEstimate(plan: PlanPreview, calls = callsOf(plan)): string {
  const { counts, options } = plan.record;
  if (counts.to_send === 0) return t`There is nothing to send.`;
  const rate = options.max_rate ?? USUAL_RATE;
  const time = duration(Math.max(1000, (calls / rate) * 1000));
  return t`About ${time} at ${counted(rate, "request")} per second. Nothing was sent.`;
}

function overLimitLines(plan: PlanPreview): string[] {
  if (plan.ticketsOverLimitCount === 0) return [];
  const shown = plan.ticketsOverLimit.slice(0, SHOWN);
  return [
    "",
    t`Over limit`,
    ...ticketTable(shown, 2, ({ asked }) => t`${asked} requested, 3 allowed`),
    ...more(plan.ticketsOverLimitCount - shown.length),
  ];
}

/** One line for each ticket: its id, its lines in the input, and a text about it. */
function ticketTable(
  tickets: readonly TicketOverLimit[],
  indent: number,
  textOf: (ticket: TicketOverLimit) => string,
): string[] {
  const texts = tickets.map(textOf);
  // The columns between the ticket and its text.
  const width = WIDTH - 4 - indent - widest(tickets.map(({ ticket }) => ticket)) - widest(texts);
  const rows = tickets.map((ticket, at) => [ticket.ticket, linesText(ticket, width), texts[at] ?? ""]);
  return table(rows, 2).map((line) => `${" ".repeat(indent)}${line}`);
}

const widest = (texts: readonly string[]): number => Math.max(...texts.map(widthOf));

/** `lines 88, 90 ...`, or `a.csv 2, 3; b.csv 2` for several inputs: at least the first line, and as many as fit. */
function linesText({ lines, files }: TicketOverLimit, width: number): string {
  let text = "";
  for (let shown = 1; shown <= lines.length; shown++) {
    const longer = placesText(lines.slice(0, shown), files, shown < lines.length);
    if (shown > 1 && widthOf(longer) > width) return text;
    text = longer;
  }
  return text;
}

function placesText(lines: readonly number[], files: readonly string[] | undefined, isCut: boolean): string {
  if (files) return isCut ? `${byFile(lines, files)} ...` : byFile(lines, files);
  const numbers = listed(lines.map(count));
  if (isCut) return t`lines ${numbers} ...`;
  return lines.length === 1 ? t`line ${numbers}` : t`lines ${numbers}`;
}

/** `a.csv 2, 3; b.csv 2` */
function byFile(lines: readonly number[], files: readonly string[]): string {
  const groups: { file: string | undefined; numbers: string[] }[] = [];
  for (const [at, line] of lines.entries()) {
    const last = groups.at(-1);
    if (last && last.file === files[at]) last.numbers.push(count(line));
    else groups.push({ file: files[at], numbers: [count(line)] });
  }
  return groups.map(({ file, numbers }) => `${file} ${listed(numbers)}`).join(t`; `);
}

interface WrittenRejects {
  path: string;
  /** A file under the default name that someone has edited, and that was not overwritten. */
  unchanged?: string;
  rerun: string;
}

/**
 * The first twenty errors of the input, each with its line, value, reason and advice, then how to fix and run the rejects.
 *
 * @param rejects the rejects file and the command that runs it
 */
export function errorLines(plan: PlanPreview, rejects: WrittenRejects | undefined): string[] {
  if (plan.errorCount === 0) return [];
  const { inputs } = plan.record;
  const hasSeveralFiles = inputs.length > 1;
  const places = table(
    plan.errors.map(({ file, line, column, value }) => [
      hasSeveralFiles ? lineIn(file, line) : t`line ${count(line)}`,
      column ?? "",
      shortened(JSON.stringify(value)),
    ]),
    2,
  );
  const reasonAt = widest(places) + 5;
  const texts = plan.errors.map(reasonAndAdvice);
  // Next to the place if every text fits there, else below it.
  const isNextTo = texts.flat().every((text) => reasonAt + widthOf(text) <= WIDTH);
  const indent = " ".repeat(isNextTo ? reasonAt : 6);
  const lines = [hasSeveralFiles ? t`Invalid` : t`Invalid in ${inputs[0]?.name ?? translated("the input")}`];
  for (const [at, parts] of texts.entries()) {
    const place = `  ${places[at] ?? ""}`;
    const both = joined(parts);
    const width = WIDTH - indent.length;
    const shown = widthOf(both) <= width ? [both] : parts.flatMap((part) => wrapped(part, width));
    if (isNextTo) lines.push(padColumns(place, reasonAt) + (shown.shift() ?? ""));
    else lines.push(place);
    lines.push(...shown.map((line) => indent + line));
  }
  const left = plan.errorCount - plan.errors.length;
  lines.push(...more(left, rejects?.path));
  if (rejects) {
    if (left <= 0) lines.push(`  ${t`All of them are in ${rejects.path}, ready to be fixed.`}`);
    if (rejects.unchanged !== undefined) lines.push(`  ${t`(${rejects.unchanged} was edited and is left unchanged.)`}`);
    lines.push(`  ${t`Fix them, then run: ${rejects.rerun}`}`);
  }
  return lines;
}

function reasonAndAdvice({ reason, advice }: { reason: string; advice?: string }): string[] {
  return advice ? [t`${translated(reason)};`, translated(advice)] : [translated(reason)];
}

const LONGEST_VALUE = 34;

function shortened(value: string): string {
  if (widthOf(value) <= LONGEST_VALUE) return value;
  let text = "";
  for (const character of value) {
    if (widthOf(text + character) > LONGEST_VALUE - 2) break;
    text += character;
  }
  return `${text}…"`;
}

function more(left: number, path?: string): string[] {
  if (left <= 0) return [];
  return [`  ${path === undefined ? t`... ${count(left)} more` : t`... ${count(left)} more in ${path}`}`];
}

/** The warnings of the input, each with its advice, and the related tickets that may be over the limit. */
export function warningLines(plan: PlanPreview): string[] {
  const { warnings } = plan;
  const crowded = crowdedLines(plan);
  if (warnings.length === 0 && crowded.length === 0) return [];
  const lines = warnings.flatMap(({ file, line, column, reason, advice }) => [
    ...wrapped(t`${placeOf(file, line, column)}: ${translated(reason)};`, WIDTH - 2).map(
      (text, at) => `${at === 0 ? "  " : "    "}${text}`,
    ),
    `    ${translated(advice ?? "")}`,
  ]);
  return [t`Warning`, ...lines, ...crowded];
}

/** A warning about a whole file is in line 1. */
function placeOf(file: string, line: number, column: string | undefined): string {
  if (column !== undefined) return listed([lineIn(file, line), column]);
  return line === 1 ? file : lineIn(file, line);
}

const lineIn = (file: string, line: number): string => `${file} ${t`line ${count(line)}`}`;

function crowdedLines({ crowdedRelated, crowdedRelatedCount }: PlanPreview): string[] {
  if (crowdedRelatedCount === 0) return [];
  const shown = crowdedRelated.slice(0, SHOWN);
  const isOne = crowdedRelatedCount === 1;
  const tickets = counted(crowdedRelatedCount, "related ticket");
  return [
    `  ${isOne ? t`${tickets} is named by more than three rows:` : t`${tickets} are named by more than three rows:`}`,
    ...ticketTable(shown, 4, ({ asked }) => counted(asked, "row")),
    ...more(crowdedRelatedCount - shown.length).map((line) => `  ${line}`),
    isOne
      ? t`  It is not known whether the API counts an association on both tickets. If it\n  does, that ticket can take only three. Find out with two tickets of your own:`
      : t`  It is not known whether the API counts an association on both tickets. If it\n  does, each of them can take only three. Find out with two tickets of your own:`,
    `  caselink doctor --probe TICKET OTHER --group-id GROUP`,
  ];
}
