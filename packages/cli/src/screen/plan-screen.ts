import type { PlannedBatch } from "@caselink/ledger";
import { count, counted, duration, table } from "./format.ts";

/** Shown of each list; the rejects file has all. */
const SHOWN = 5;
/** The API gateway's default limit, where no maximum is given: osm-api, "Rate limits". */
const USUAL_RATE = 100;

/** Most calls that a plan may take: a look at each ticket, and a write. */
export const callsOf = (plan: PlannedBatch): number => plan.record.counts.tickets_to_send * 2;

/** What would be done, in one screen. */
export function planScreen(plan: PlannedBatch, rejects: string | undefined): string {
  const { counts, inputs, options } = plan.record;
  const title = `Plan for ${inputs.map(({ name }) => name).join(", ")}`;
  const size = `${counted(counts.lines, "line")}, ${counted(counts.rows, "row")}`;
  const lines = [`${title.padEnd(Math.max(title.length + 2, 78 - size.length))}${size}`, ""];
  const numbers: [number, string, string][] = [
    [counts.to_send, "to send", `${counted(counts.tickets_to_send, "ticket")}, at most ${count(callsOf(plan))} calls`],
  ];
  if (counts.duplicate > 0) numbers.push([counts.duplicate, "repeat an earlier row", ""]);
  if (counts.limit_reached > 0) {
    const tickets = `${counted(plan.cannotFitCount, "ticket")} ${plan.cannotFitCount === 1 ? "asks" : "ask"} for more than three`;
    numbers.push([counts.limit_reached, "cannot fit", tickets]);
  }
  if (counts.invalid > 0) numbers.push([counts.invalid, "invalid", ""]);
  lines.push(...table(numbers).map((line) => `  ${line}`), ...cannotFit(plan), ...faultLines(plan, rejects));
  if (counts.to_send > 0) {
    const rate = options.max_rate ?? USUAL_RATE;
    lines.push(
      "",
      `About ${duration((callsOf(plan) / rate) * 1000)} at ${count(rate)} requests a second. Nothing was sent.`,
    );
  } else lines.push("", "There is nothing to send.");
  return lines.join("\n");
}

function cannotFit(plan: PlannedBatch): string[] {
  if (plan.cannotFitCount === 0) return [];
  const shown = plan.cannotFit.slice(0, SHOWN);
  const rows = shown.map(({ ticket, lines, asked }) => [
    ticket,
    `lines ${lines.slice(0, 6).map(count).join(", ")}${lines.length > 6 ? " ..." : ""}`,
    `${asked} associations asked, 3 possible`,
  ]);
  return [
    "",
    "Cannot fit",
    ...table(rows, 2).map((line) => `  ${line}`),
    ...more(plan.cannotFitCount - shown.length, ""),
  ];
}

/** The faults of the input, the first twenty. */
export function faultLines(plan: PlannedBatch, rejects: string | undefined): string[] {
  if (plan.faultCount === 0) return [];
  const hasSeveralFiles = plan.record.inputs.length > 1;
  const lines = ["", "Invalid"];
  for (const { file, line, column, value, reason, advice } of plan.faults) {
    const place = `${hasSeveralFiles ? `${file} ` : ""}line ${count(line)}`;
    lines.push(`  ${place}   ${column ? `${column}  ` : ""}${JSON.stringify(value)}  ${reason}`);
    if (advice) lines.push(`      ${advice}`);
  }
  const left = plan.faultCount - plan.faults.length;
  lines.push(...more(left, rejects ? ` in ${rejects}` : ""));
  if (left <= 0 && rejects) lines.push(`  all of them, ready to be mended, in ${rejects}`);
  return lines;
}

const more = (left: number, where: string): string[] => (left > 0 ? [`  ... ${count(left)} more${where}`] : []);
