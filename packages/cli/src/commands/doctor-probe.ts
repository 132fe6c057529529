import type { ApiObservations, ApiProfile } from "@caselink/ledger";
import { GROUP_ID_MAX_LENGTH, isApiError, RELATED_ID_MAX_LENGTH, type OsmClient } from "@caselink/sdk";
import { readApiConfig } from "@caselink/worker/config";
import { UnreadableTicketError } from "../doctor/probe/pair-reader.ts";
import { probeApi, PROBE_TIMES, ProbeError, type ProbeResult, type ProbeTimes } from "../doctor/probe/probe-api.ts";
import type { TicketPair } from "../doctor/probe/probe-writes.ts";
import { exitStatus, UserError, type ExitStatus } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { watchInterrupts } from "../run/interrupts.ts";
import { failureText, isForbidden, leftoverText, probeScreen, type ShownProbe } from "../screen/probe-screen.ts";
import { wrapped } from "../screen/format.ts";
import { readBaseSettings, type BaseSettings, type CommandHost } from "../settings.ts";
import { openApi } from "./batch-api.ts";

export interface ProbeCommandOptions {
  probe: string[];
  groupId?: string;
  yes?: boolean;
}

const WIDTH = 78;

/** Finds out with two tickets of the user how the API behaves, and stores that in the ledger. */
export async function doctorProbe(
  options: ProbeCommandOptions,
  host: CommandHost,
  output: Output,
  times: ProbeTimes = PROBE_TIMES,
): Promise<ExitStatus> {
  const pair = readPair(options);
  const config = readApiConfig(host.env);
  const settings = readBaseSettings(host);
  // A profile that cannot be read is reported before anything is sent.
  await settings.ledger.apiProfile(config.endpoint);
  if (!(await confirmProbe(pair, options, output))) return exitStatus.userError;
  const stop = new AbortController();
  const interrupts = watchInterrupts(() => stop.abort());
  try {
    await using api = openApi(config);
    const result = await probe(api.client, pair, { interrupts, stop, output, times });
    if ("ended" in result) return result.ended;
    const { endpoint } = config;
    // Before the ledger is written, which can fail.
    for (const leftover of result.left) output.note(leftoverText(leftover, { pair, endpoint }));
    const profile = await saved(result.observations, endpoint, settings);
    return report(result, { pair, profile, endpoint }, interrupts.detach.aborted, output);
  } finally {
    interrupts.stop();
  }
}

/** @throws {UserError} if the pair cannot be used */
function readPair({ probe: [ticket, other, ...more], groupId }: ProbeCommandOptions): TicketPair {
  const example = "caselink doctor --probe TICKET OTHER --group-id GROUP";
  if (ticket === undefined || other === undefined || more.length > 0)
    throw new UserError(t`--probe takes two tickets.\n  For example: ${example}`);
  if (ticket === other) throw new UserError(t`--probe takes two different tickets, not ${ticket} twice.`);
  if (groupId === undefined)
    throw new UserError(t`--probe needs the group of the tickets: add --group-id.\n  For example: ${example}`);
  const limits = [
    ["TICKET", ticket, RELATED_ID_MAX_LENGTH],
    ["OTHER", other, RELATED_ID_MAX_LENGTH],
    ["--group-id", groupId, GROUP_ID_MAX_LENGTH],
  ] as const;
  for (const [name, value, longest] of limits) {
    if (value === "" || Array.from(value).length > longest || /\p{Cc}/u.test(value))
      throw new UserError(t`${name} must have 1 to ${longest} characters, without control characters.`);
  }
  return { ticket, other, groupId };
}

/** @throws {UserError} if the question cannot be asked */
async function confirmProbe(
  { ticket, other }: TicketPair,
  { yes }: ProbeCommandOptions,
  output: Output,
): Promise<boolean> {
  const plan = t`The probe associates ${ticket} with ${other}, and removes the association again. It also sends a call with an id that does not exist. Use tickets that no batch works on at the moment.`;
  for (const line of wrapped(plan, WIDTH)) output.progress(line);
  if (yes) return true;
  if (!output.canAsk) throw new UserError(t`nothing was sent: add --yes to probe the API with these two tickets`);
  if (await output.confirm(t`Probe the API with these two tickets?`, false)) return true;
  output.note(t`Nothing was sent.`);
  return false;
}

interface ProbeRun {
  interrupts: ReturnType<typeof watchInterrupts>;
  stop: AbortController;
  output: Output;
  times: ProbeTimes;
}

async function probe(
  client: OsmClient,
  pair: TicketPair,
  { interrupts, stop, output, times }: ProbeRun,
): Promise<ProbeResult | { ended: ExitStatus }> {
  try {
    return await probeApi(client, pair, {
      times,
      signal: interrupts.detach,
      stopSignal: stop.signal,
      onStep: (step) => output.progress(`  ${step}`),
    });
  } catch (error) {
    if (interrupts.detach.aborted) {
      output.note(t`Interrupted. Nothing was changed.`);
      return { ended: exitStatus.interrupted };
    }
    if (error instanceof ProbeError) throw new UserError(error.message);
    if (!(error instanceof UnreadableTicketError)) throw error;
    output.note(t`caselink: ${failureText(error)}\n  Nothing was changed.`);
    return { ended: statusOfFailure(error) };
  }
}

async function saved(
  observations: ApiObservations,
  endpoint: string,
  { ledger }: BaseSettings,
): Promise<ApiProfile | undefined> {
  return Object.keys(observations).length === 0 ? undefined : ledger.recordApiFacts(endpoint, observations);
}

function report(result: ProbeResult, shown: ShownProbe, isInterrupted: boolean, output: Output): ExitStatus {
  const { observations: facts, failure, left } = result;
  const { ticket, other } = shown.pair;
  const status = statusOf(result, isInterrupted);
  output.event({ event: "probe", ticket, other, facts, left, status });
  output.print(probeScreen(result, shown));
  if (isInterrupted) output.note(t`Interrupted.`);
  else if (failure !== undefined) output.note(t`The probe ended early: ${failureText(failure)}`);
  return status;
}

function statusOf({ failure, left }: Pick<ProbeResult, "failure" | "left">, isInterrupted: boolean): ExitStatus {
  if (left.length > 0) return exitStatus.failed;
  if (isInterrupted) return exitStatus.interrupted;
  return failure === undefined ? exitStatus.succeeded : statusOfFailure(failure);
}

/** Credentials and permissions need an operator, as everywhere. */
function statusOfFailure(error: unknown): ExitStatus {
  if (isForbidden(error)) return exitStatus.blocked;
  if (isApiError(error)) return error.errorClass === "unauthenticated" ? exitStatus.blocked : exitStatus.failed;
  if (!(error instanceof UnreadableTicketError)) return exitStatus.failed;
  const { reading } = error;
  if (reading.kind === "rejected") return exitStatus.userError;
  const { verdict } = reading;
  return verdict.kind === "wait" && verdict.waitReason.kind === "credentials" ? exitStatus.blocked : exitStatus.failed;
}
