import type { BatchRecord } from "@caselink/ledger";
import type { RowOutcome } from "@caselink/workflows";
import type { Check } from "../check/check.ts";
import { t, translated } from "../language/words.ts";
import { count, counted, duration, table } from "./format.ts";
import { USUAL_RATE } from "./plan-screen.ts";

/** How many calls a check makes, and an estimate of its duration. */
export function checkOpening({ reads, related }: Check, { counts, options }: BatchRecord): string {
  const rate = options.max_rate ?? USUAL_RATE;
  const time = duration(Math.max(1000, (reads / rate) * 1000));
  const tickets = counted(counts.tickets_to_send, "ticket");
  const calls = counted(reads, "call");
  const requests = counted(rate, "request");
  return related === undefined
    ? t`Reading ${tickets}: ${calls},\nabout ${time} at ${requests} per second.`
    : t`Reading ${tickets} and ${counted(related, "related ticket")}: ${calls},\nabout ${time} at ${requests} per second.`;
}

export function checkProgress({ done, reused: taken, reads }: Check, tookMs: number): string {
  const made = done - taken;
  if (made === 0) return t`Checking   ${count(done)} of ${count(reads)} read`;
  const left = duration(Math.max(1000, (tookMs / made) * (reads - done)));
  return t`Checking   ${count(done)} of ${count(reads)} read   ${left} left`;
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
    limit_reached: t`${counted(overLimitCount, "ticket")} cannot take all rows`,
  };
  const rows = PREDICTED.flatMap(([outcome, words]) => {
    const found = outcomes[outcome] ?? 0;
    return found === 0 ? [] : [[found, translated(words), notes[outcome] ?? ""] as const];
  });
  const numbers =
    unknown === 0 ? rows : [...rows, [unknown, t`unknown`, t`${counted(unread, "ticket")} could not be read`]];
  const shown = overLimitTickets.map(({ ticket, has, requested }) => [
    ticket,
    t`has ${has}, ${requested} more requested, 3 allowed`,
  ]);
  const more = overLimitCount - overLimitTickets.length;
  return [
    "",
    t`Predicted for the rows to send, by the tickets as they are now`,
    ...table(numbers, 2).map((line) => `  ${line}`),
    ...(shown.length === 0 ? [] : ["", t`Over limit`, ...table(shown, 2).map((line) => `  ${line}`)]),
    ...(more > 0 ? [`  ${t`... ${count(more)} more`}`] : []),
    "",
    readText(check, duration(tookMs)),
    ...(out === undefined ? [] : [t`All rows with their predicted outcomes: ${out}`]),
    related === undefined
      ? t`Related tickets were not read: only the run shows whether they exist.`
      : t`Only the run shows whether the API accepts the group of each row.`,
    ...(unread === 0
      ? []
      : [
          t`Not read: ${translated(check.unreadReason ?? "no response")}`,
          t`Run the same command again to read the rest.`,
        ]),
  ].join("\n");
}

function readText({ done, reused, reusedFrom }: Check, took: string): string {
  const tickets = counted(done, "ticket");
  if (reused === 0) return t`Read ${tickets} in ${took}. Nothing was sent.`;
  const from = new Date(reusedFrom ?? 0).toISOString().slice(0, 16).replace("T", " ");
  return t`Read ${tickets} in ${took},\n  ${count(reused)} of them by an earlier check, since ${from} UTC. Nothing was sent.`;
}
