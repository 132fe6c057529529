import type { BatchProgress, Trouble } from "@caselink/workflows";
import { readApiConfig, type Environment } from "@caselink/worker/config";
import type { Colors } from "../output.ts";
import { count, counted } from "./format.ts";

export interface Blocked {
  batchId: string;
  trouble: Trouble;
  progress: Pick<BatchProgress, "tickets" | "settledTickets">;
}

type Words = Readonly<Partial<Record<Trouble["kind"], string>>>;

const WHAT: Words = {
  credentials: "the API refuses the credentials",
  permission: "the API lets this account do nothing",
  endpoint: "there is no such API at the address",
  behaviour: "the API does not do what is documented",
};

/** What helps, where it is not the credentials. */
const ADVICE: Words = {
  permission:
    "Give the user the role for service tickets (Ticket Group Operator). If the tickets\n  are all other people's, end the batch with caselink cancel. Else go on with",
  endpoint: "Look at CASELINK_ENDPOINT or CASELINK_SITE: a batch stays with its address. When it is right, go on with",
  behaviour:
    "Look at that ticket first. To take back what was done: caselink cancel, then caselink\n  undo, which also puts back what went away. Else go on with",
};

/** Nothing goes on by itself: what happened, that nothing is lost, and how to go on. */
export function blockedScreen({ batchId, trouble, progress }: Blocked, advice: string, colors: Colors): string {
  const { settledTickets, tickets } = progress;
  const head = `Blocked after ${counted(settledTickets, "ticket")}:`;
  const where = [trouble.code, trouble.httpStatus && `HTTP ${trouble.httpStatus}`].filter(Boolean).join(", ");
  const what = `${WHAT[trouble.kind] ?? "it cannot go on"}${trouble.kind === "credentials" && where ? ` (${where})` : ""}.`;
  const waiting = tickets - settledTickets;
  const wait = `${counted(waiting, "ticket")} ${waiting === 1 ? "waits" : "wait"}`;
  return [
    `${colors.red(head)} ${what}`,
    `  Nothing is lost: ${wait}, ${count(settledTickets)} ${settledTickets === 1 ? "is" : "are"} done.`,
    `  The reason: ${trouble.reason}`,
    `  ${ADVICE[trouble.kind] ?? advice}`,
    `  caselink resume ${batchId}`,
  ].join("\n");
}

/** What a worker in this process signs in with, and so what to look at. */
export function localCredentialsAdvice(env: Environment): string {
  const advice: Readonly<Record<string, string>> = {
    CASELINK_TOKEN: "Likely: the token has expired; one is good for a day. Set a new CASELINK_TOKEN, then",
    CASELINK_IAM_USER: `Likely: the password of user "${env["CASELINK_IAM_USER"] ?? ""}" changed. Set CASELINK_IAM_PASSWORD, then`,
    HUAWEICLOUD_SDK_AK: "Likely: the access key was disabled. Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, then",
  };
  const { credentialsFrom } = readApiConfig(env);
  return (
    advice[credentialsFrom] ?? `Likely: the access key in ${credentialsFrom} was disabled. Put another there, then`
  );
}

export const CLUSTER_CREDENTIALS_ADVICE =
  "The credentials are those of the workers: set them there, start the workers again, then";
