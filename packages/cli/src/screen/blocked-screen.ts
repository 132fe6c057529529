import type { BatchProgress, WaitReason } from "@caselink/workflows";
import { readApiConfig, type Environment } from "@caselink/worker/config";
import { t, translated } from "../language/words.ts";
import type { Colors } from "../output.ts";
import { count, counted, joined, USUAL_COLUMNS, wrapped } from "./format.ts";

export interface Blocked {
  batchId: string;
  waitReason: WaitReason;
  progress: Pick<BatchProgress, "tickets" | "settledTickets">;
  /** The ticket that shows the reason, if there is one. */
  ticket?: string | undefined;
}

type Words = Readonly<Partial<Record<WaitReason["kind"], string>>>;

const CAUSES: Words = {
  credentials: "credentials rejected",
  permission: "this account has no permission to use the API",
  endpoint: "this API does not exist at the address",
  behaviour: "the API does not behave as documented",
};

/** The advice for each cause other than the credentials. */
const ADVICE: Words = {
  permission:
    "Give the user the role for service tickets (Ticket Group Operator). If all\n  tickets belong to others, end the batch with caselink cancel. Otherwise run:",
  endpoint:
    "Check CASELINK_ENDPOINT or CASELINK_SITE: a batch keeps its address. When the API\n  is available there, run:",
  behaviour:
    "Check that ticket first. To reverse the batch, run caselink cancel, then caselink\n  undo, which also restores associations that a write removed. Otherwise run:",
};

/**
 * Says why the batch is blocked, that no data is lost, and how to continue.
 *
 * @param advice for the credentials, in English: it may have been stored
 */
export function blockedScreen(
  { batchId, waitReason, progress, ticket }: Blocked,
  advice: string,
  colors: Colors,
): string {
  const { settledTickets, tickets } = progress;
  const head = t`Blocked after ${counted(settledTickets, "ticket")}:`;
  const where = [waitReason.code, waitReason.httpStatus && `HTTP ${waitReason.httpStatus}`].filter(Boolean).join(", ");
  const cause = translated(CAUSES[waitReason.kind] ?? "the batch cannot continue");
  return [
    joined([colors.red(head), waitReason.kind === "credentials" && where ? t`${cause} (${where}).` : t`${cause}.`]),
    `  ${doneText(settledTickets)}${waitingText(tickets - settledTickets)}`,
    ...wrapped(t`Reason: ${translated(waitReason.reason)}`, USUAL_COLUMNS - 2).map((line) => `  ${line}`),
    ...(ticket === undefined ? [] : [`  ${t`Ticket: ${ticket}`}`]),
    `  ${translated(ADVICE[waitReason.kind] ?? advice)}`,
    `  caselink resume ${batchId}`,
  ].join("\n");
}

function doneText(tickets: number): string {
  const shown = counted(tickets, "ticket");
  return tickets === 1 ? t`No data is lost: ${shown} is done, ` : t`No data is lost: ${shown} are done, `;
}

const waitingText = (tickets: number): string =>
  tickets === 1 ? t`${count(tickets)} is waiting.` : t`${count(tickets)} are waiting.`;

/**
 * The likely cause of rejected credentials and how to fix it, by the source of the credentials of this process. In English:
 * the screen translates it.
 */
export function localCredentialsAdvice(env: Environment): string {
  const advice: Readonly<Record<string, string>> = {
    CASELINK_TOKEN:
      "Likely cause: the token has expired; tokens are valid for a day. Set a new\n  CASELINK_TOKEN, then run:",
    CASELINK_IAM_USER: `Likely cause: the password of user "${env["CASELINK_IAM_USER"] ?? ""}" has changed. Set\n  CASELINK_IAM_PASSWORD, then run:`,
    HUAWEICLOUD_SDK_AK:
      "Likely cause: the access key was disabled. Set HUAWEICLOUD_SDK_AK and\n  HUAWEICLOUD_SDK_SK, then run:",
  };
  const { credentialsFrom } = readApiConfig(env);
  return (
    advice[credentialsFrom] ??
    `Likely cause: the access key in ${credentialsFrom}\n  was disabled. Replace it, then run:`
  );
}

export const CLUSTER_CREDENTIALS_ADVICE =
  "The workers hold the credentials: fix them there, restart the workers, then run:";
