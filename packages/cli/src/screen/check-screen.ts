import type { BatchRecord } from "@caselink/ledger";
import type { RowOutcome } from "@caselink/workflows";
import type { Check } from "../check/check.ts";
import { count, counted, duration, table } from "./format.ts";
import { USUAL_RATE } from "./plan-screen.ts";

/** How many calls a check makes, and an estimate of its duration. */
export function checkOpening({ reads, related }: Check, { counts, options }: BatchRecord): string {
  const also = related === undefined ? "" : ` and ${counted(related, "related ticket")}`;
  const rate = options.max_rate ?? USUAL_RATE;
  const time = duration(Math.max(1000, (reads / rate) * 1000));
  return `Reading ${counted(counts.tickets_to_send, "ticket")}${also}: ${counted(reads, "call")},\nabout ${time} at ${counted(rate, "request")} per second.`;
}

export function checkProgress({ done, reused: taken, reads }: Check, tookMs: number): string {
  const made = done - taken;
  const left = made === 0 ? "" : `   ${duration(Math.max(1000, (tookMs / made) * (reads - done)))} left`;
  return `Checking   ${count(done)} of ${count(reads)} read${left}`;
}

const PREDICTED: readonly (readonly [RowOutcome, string])[] = [
  ["created", "would be created"],
  ["already_associated", "already there"],
  ["limit_reached", "over limit"],
  ["not_found", "not found"],
  ["forbidden", "forbidden"],
  ["invalid", "invalid for the API"],
];

/** The predicted outcomes of the rows to send. */
export function checkScreen(check: Check, tookMs: number, out: string | undefined): string {
  const { outcomes, unknown, unread, overLimitTickets, overLimitCount, related } = check;
  const notes: Partial<Record<RowOutcome, string>> = {
    created: counted(check.writes, "write"),
    limit_reached: `${counted(overLimitCount, "ticket")} cannot take all rows`,
  };
  const rows = PREDICTED.flatMap(([outcome, words]) => {
    const found = outcomes[outcome] ?? 0;
    return found === 0 ? [] : [[found, words, notes[outcome] ?? ""] as const];
  });
  const numbers =
    unknown === 0 ? rows : [...rows, [unknown, "unknown", `${counted(unread, "ticket")} could not be read`]];
  const shown = overLimitTickets.map(({ ticket, has, requested }) => [
    ticket,
    `has ${has}, ${requested} more requested, 3 allowed`,
  ]);
  const more = overLimitCount - overLimitTickets.length;
  const from = new Date(check.reusedFrom ?? 0).toISOString().slice(0, 16).replace("T", " ");
  const again = check.reused === 0 ? "" : `,\n  ${count(check.reused)} of them by an earlier check, since ${from} UTC`;
  return [
    "",
    "Predicted for the rows to send, by the tickets as they are now",
    ...table(numbers, 2).map((line) => `  ${line}`),
    ...(shown.length === 0 ? [] : ["", "Over limit", ...table(shown, 2).map((line) => `  ${line}`)]),
    ...(more > 0 ? [`  ... ${count(more)} more`] : []),
    "",
    `Read ${counted(check.done, "ticket")} in ${duration(tookMs)}${again}. Nothing was sent.`,
    ...(out === undefined ? [] : [`All rows with their predicted outcomes: ${out}`]),
    related === undefined
      ? "Related tickets were not read: only the run shows whether they exist."
      : "Only the run shows whether the API accepts the group of each row.",
    ...(unread === 0
      ? []
      : [`Not read: ${check.unreadReason ?? "no response"}`, "Run the same command again to read the rest."]),
  ].join("\n");
}
