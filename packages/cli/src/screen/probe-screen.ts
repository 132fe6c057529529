import { apiFactTexts, type ApiProfile } from "@caselink/ledger";
import { isApiError } from "@caselink/sdk";
import { t, translated } from "../language/words.ts";
import { shellWords } from "../commands/shell-command.ts";
import { messageOf } from "../doctor/finding.ts";
import { UnreadableTicketError } from "../doctor/probe/pair-reader.ts";
import type { ProbeResult } from "../doctor/probe/probe-api.ts";
import type { TicketPair } from "../doctor/probe/probe-writes.ts";
import type { Leftover } from "../doctor/probe/restore-tickets.ts";
import { ROLES } from "../doctor/roles.ts";
import { wrapped } from "./format.ts";

export interface ShownProbe {
  pair: TicketPair;
  /** The profile after the probe; undefined if nothing was observed. */
  profile: ApiProfile | undefined;
  endpoint: string;
}

const WIDTH = 78;

/** The facts that a probe may leave open, in words. */
const OPEN: Readonly<Record<keyof ApiProfile["facts"], string>> = {
  symmetric: "whether an association counts on both tickets",
  repeated_create: "the response to a repeated create",
  rejected_call: "whether a rejected call with several ids creates some of them",
  read_lag_ms: "how long reads lag behind writes",
};

/** The facts that a probe observed, one on each line, and whether both tickets are as before. */
export function probeScreen({ observations, left }: ProbeResult, { pair, profile, endpoint }: ShownProbe): string {
  const open = Object.entries(OPEN).filter(([name]) => !Object.hasOwn(observations, name));
  return [
    t`Probe of ${endpoint} with ${pair.ticket} and ${pair.other}`,
    ...apiFactTexts(profile).flatMap(({ name, text }) =>
      observations[name] === undefined ? [] : [`  ${translated(text)}`],
    ),
    ...open.map(([, text]) => `  ${t`not known: ${translated(text)}`}`),
    ...(left.length === 0 ? ["", t`Both tickets are as before.`] : []),
  ].join("\n");
}

/** The message of an error of a probe; for a missing permission, with the roles of the service. */
export function failureText(error: unknown): string {
  const message = translated(messageOf(error));
  return isForbidden(error) ? [t`${message}.`, ...wrapped(translated(ROLES), WIDTH - 2)].join("\n  ") : message;
}

/** True if the API denies permission, for a ticket or for everything. */
export function isForbidden(error: unknown): boolean {
  if (!(error instanceof UnreadableTicketError)) return isApiError(error) && error.errorClass === "forbidden";
  const { reading } = error;
  if (reading.kind === "rejected") return reading.outcome === "forbidden";
  return reading.verdict.kind === "wait" && reading.verdict.waitReason.kind === "permission";
}

/** A difference that a probe left on a ticket, and the call that undoes it. */
export function leftoverText(
  { ticket, related, undoneBy, reason }: Leftover,
  { pair, endpoint }: Pick<ShownProbe, "pair" | "endpoint">,
): string {
  const [problem, method, ids] =
    undoneBy === "delete"
      ? [t`${ticket} may still be associated with ${related}: ${translated(reason)}`, "DELETE", { related_id: related }]
      : [
          t`${ticket} lost its association with ${related}: ${translated(reason)}`,
          "POST",
          { related_id_list: related.split(", ") },
        ];
  const url = `${endpoint}/v2/servicerequest/cases/${encodeURIComponent(ticket)}/relations`;
  const body = JSON.stringify({ ...ids, group_id: pair.groupId });
  return [
    `caselink: ${problem}`,
    `  ${t`This call undoes it:`}`,
    `  curl -X ${method} ${shellWords([url])} \\`,
    `    -H "X-Auth-Token: $CASELINK_TOKEN" -H 'Content-Type: application/json' \\`,
    `    -d ${shellWords([body])}`,
  ].join("\n");
}
