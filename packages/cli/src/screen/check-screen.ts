import type { BatchRecord } from "@caselink/ledger";
import type { RowOutcome } from "@caselink/workflows";
import type { Check } from "../check/check.ts";
import { count, counted, duration, table } from "./format.ts";
import { USUAL_RATE } from "./plan-screen.ts";

/** How much a check reads, and about how long that takes. */
export function checkOpening({ reads, related }: Check, { counts, options }: BatchRecord): string {
  const also = related === undefined ? "" : ` and ${counted(related, "related ticket")}`;
  const rate = options.max_rate ?? USUAL_RATE;
  const time = duration(Math.max(1000, (reads / rate) * 1000));
  return `Reading ${counted(counts.tickets_to_send, "ticket")}${also}: ${counted(reads, "call")}, about ${time} at ${counted(rate, "request")} a second.`;
}

export function checkProgress({ done, reused: taken, reads }: Check, tookMs: number): string {
  const made = done - taken;
  const left = made === 0 ? "" : `   ${duration(Math.max(1000, (tookMs / made) * (reads - done)))} left`;
  return `Checking   ${count(done)} of ${count(reads)} read${left}`;
}

const FORESEEN: readonly (readonly [RowOutcome, string])[] = [
  ["created", "would be created"],
  ["already_associated", "already there"],
  ["limit_reached", "no room"],
  ["not_found", "not found"],
  ["forbidden", "forbidden"],
  ["invalid", "invalid to the API"],
];

/** What the rows to send are foreseen to end as. */
export function checkScreen(check: Check, tookMs: number, out: string | undefined): string {
  const { outcomes, unknown, unread, withoutRoom, withoutRoomCount, related } = check;
  const notes: Partial<Record<RowOutcome, string>> = {
    created: counted(check.writes, "write"),
    limit_reached: `${counted(withoutRoomCount, "ticket")} without room for all`,
  };
  const rows = FORESEEN.flatMap(([outcome, words]) => {
    const found = outcomes[outcome] ?? 0;
    return found === 0 ? [] : [[found, words, notes[outcome] ?? ""] as const];
  });
  const told = unknown === 0 ? rows : [...rows, [unknown, "unknown", `${counted(unread, "ticket")} could not be read`]];
  const shown = withoutRoom.map(({ ticket, has, asked }) => [ticket, `has ${has}, ${asked} more asked, 3 possible`]);
  const more = withoutRoomCount - withoutRoom.length;
  const from = new Date(check.reusedFrom ?? 0).toISOString().slice(0, 16).replace("T", " ");
  const again = check.reused === 0 ? "" : `, ${count(check.reused)} of them before, from ${from} UTC on`;
  return [
    "",
    "Of the rows to send, as the tickets are now",
    ...table(told, 2).map((line) => `  ${line}`),
    ...(shown.length === 0 ? [] : ["", "No room", ...table(shown, 2).map((line) => `  ${line}`)]),
    ...(more > 0 ? [`  ... ${count(more)} more`] : []),
    "",
    `Read ${counted(check.done, "ticket")} in ${duration(tookMs)}${again}. Only reading was done.`,
    ...(out === undefined ? [] : [`Row by row: ${out}`]),
    related === undefined
      ? "Related tickets were not looked at: whether they exist, the run finds out."
      : "What only sending tells: whether the API accepts the group of each row.",
    ...(unread === 0
      ? []
      : [`Not read: ${check.unreadReason ?? "no answer"}`, "The same command again reads what is missing."]),
  ].join("\n");
}
