import type { Client, WorkflowHandle } from "@temporalio/client";
import type { Payload } from "@temporalio/common";
import { isObject } from "@caselink/common";
import {
  CANCEL_UPDATE,
  CHUNK_WORKED_SIGNAL,
  PAUSE_UPDATE,
  RESUME_UPDATE,
  SET_MAX_RATE_UPDATE,
  type BatchInput,
  type BatchStateData,
  type ChunkReport,
  type RateChange,
  type Resumption,
} from "../workflow/contracts.ts";
import { decodePayload } from "./decode-payload.ts";

/**
 * When a batch began, what operators wanted last, and whether the API's misbehaviour blocks it until an operator resumes. Only the
 * workflow of the batch knows this; the ledger does not.
 */
export type CarriedState = Pick<
  BatchStateData,
  | "startedAt"
  | "isPaused"
  | "isCancelled"
  | "maxRate"
  | "account"
  | "resumes"
  | "resumedAt"
  | "waitReason"
  | "waitingSince"
>;

type Events = NonNullable<Awaited<ReturnType<WorkflowHandle["fetchHistory"]>>["events"]>;
type Event = Events[number];

/**
 * Reads how a run of a batch was started, and what has happened to it since, from its history. Runs no workflow code.
 * @throws if the history cannot be read or decrypted, or is not that of a batch
 */
export async function readRun(
  client: Client,
  run: WorkflowHandle,
): Promise<{ input: BatchInput; carried: CarriedState }> {
  const events = (await run.fetchHistory()).events ?? [];
  const [started] = events;
  const input = await decodeFirst(client, started?.workflowExecutionStartedEventAttributes?.input?.payloads);
  if (!started || !isBatchInput(input))
    throw new TypeError(`the history of ${run.workflowId} does not begin with the input of a batch`);
  const carried = carriedBy(input, started);
  for (const event of events) await apply(event, carried, client);
  return { input, carried };
}

/** The state that the run began with. */
function carriedBy({ state }: BatchInput, started: Event): CarriedState {
  if (!state) return { startedAt: timeOf(started), isPaused: false, isCancelled: false, resumes: 0 };
  const { startedAt, isPaused, isCancelled, maxRate, account, resumes, resumedAt, waitReason, waitingSince } = state;
  const carried: CarriedState = { startedAt, isPaused, isCancelled, resumes };
  if (maxRate !== undefined) carried.maxRate = maxRate;
  if (account !== undefined) carried.account = account;
  if (resumedAt !== undefined) carried.resumedAt = resumedAt;
  if (waitReason?.kind === "behaviour") Object.assign(carried, { waitReason, waitingSince: waitingSince ?? startedAt });
  return carried;
}

async function apply(event: Event, carried: CarriedState, client: Client): Promise<void> {
  const { signalName, input } = event.workflowExecutionSignaledEventAttributes ?? {};
  if (event.workflowExecutionCancelRequestedEventAttributes) carried.isCancelled = true;
  else if (signalName === CHUNK_WORKED_SIGNAL)
    applyReport((await decodeFirst(client, input?.payloads)) as ChunkReport, event, carried);
  // An update that was admitted, by a reset of the workflow, has its request in that event only.
  const { acceptedRequest } = event.workflowExecutionUpdateAcceptedEventAttributes ?? {};
  const update = (acceptedRequest ?? event.workflowExecutionUpdateAdmittedEventAttributes?.request)?.input;
  if (update?.name) applyUpdate(update.name, await decodeFirst(client, update.args?.payloads), event, carried);
}

/** A report of a turn from before the resume says nothing of the API after it. */
function applyReport({ waitReason, turn }: ChunkReport, event: Event, carried: CarriedState): void {
  if (waitReason?.kind !== "behaviour" || carried.waitReason || turn < (carried.resumedAt ?? 0)) return;
  Object.assign(carried, { waitReason, waitingSince: timeOf(event) });
}

function applyUpdate(update: string, argument: unknown, event: Event, carried: CarriedState): void {
  if (update === CANCEL_UPDATE) carried.isCancelled = true;
  else if (update === PAUSE_UPDATE) carried.isPaused = true;
  else if (update === SET_MAX_RATE_UPDATE) carried.maxRate = (argument as RateChange).maxRate;
  else if (update === RESUME_UPDATE) {
    const { account } = (argument ?? {}) as Resumption;
    if (account !== undefined) carried.account = account;
    carried.isPaused = false;
    carried.resumes++;
    carried.resumedAt = timeOf(event);
    delete carried.waitReason;
    delete carried.waitingSince;
  }
}

/** Milliseconds since 1970. */
function timeOf({ eventTime }: Event): number {
  return 1_000 * Number(eventTime?.seconds ?? 0) + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}

async function decodeFirst(client: Client, payloads: readonly Payload[] | null | undefined): Promise<unknown> {
  const [payload] = payloads ?? [];
  return payload && decodePayload(payload, client);
}

function isBatchInput(value: unknown): value is BatchInput {
  return isObject(value) && typeof value.batchId === "string" && isObject(value.chunks);
}
