import type { Client, WorkflowHandle } from "@temporalio/client";
import type { Payload } from "@temporalio/common";
import { isObject } from "@caselink/common";
import {
  CANCEL_UPDATE,
  PAUSE_UPDATE,
  RESUME_UPDATE,
  SET_MAX_RATE_UPDATE,
  type BatchInput,
  type CarriedState,
  type RateChange,
  type Resumption,
} from "../workflow/contracts.ts";
import { decodePayload } from "./decode-payload.ts";

/**
 * Reads how a run of a batch was started, and what operators have done to it since, from its history. Runs no workflow code.
 * @throws if the history cannot be read or decrypted, or is not that of a batch
 */
export async function readRun(
  client: Client,
  run: WorkflowHandle,
): Promise<{ input: BatchInput; carried: CarriedState }> {
  const events = (await run.fetchHistory()).events ?? [];
  const started = events[0];
  const input = await decodeFirst(client, started?.workflowExecutionStartedEventAttributes?.input?.payloads);
  if (!isBatchInput(input))
    throw new TypeError(`the history of ${run.workflowId} does not begin with the input of a batch`);
  const { seconds, nanos } = started?.eventTime ?? {};
  const carried = carriedBy(input, 1_000 * Number(seconds ?? 0) + Math.floor((nanos ?? 0) / 1_000_000));
  for (const event of events) {
    if (event.workflowExecutionCancelRequestedEventAttributes) carried.isCancelled = true;
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    if (update?.name) Object.assign(carried, changeBy(update.name, await decodeFirst(client, update.args?.payloads)));
  }
  return { input, carried };
}

/** The state that the run began with. @param startedAt of a run that has none, in milliseconds since 1970 */
function carriedBy(input: BatchInput, startedAt: number): CarriedState {
  const before = input.state ?? input.carried ?? { startedAt, isPaused: false, isCancelled: false };
  const { maxRate, account } = before;
  return {
    startedAt: before.startedAt,
    isPaused: before.isPaused,
    isCancelled: before.isCancelled,
    ...(maxRate !== undefined && { maxRate }),
    ...(account !== undefined && { account }),
  };
}

/** What an update that the workflow has accepted changes. */
function changeBy(update: string, argument: unknown): Partial<CarriedState> {
  switch (update) {
    case CANCEL_UPDATE:
      return { isCancelled: true };
    case PAUSE_UPDATE:
      return { isPaused: true };
    case RESUME_UPDATE: {
      const { account } = (argument ?? {}) as Resumption;
      return { isPaused: false, ...(account !== undefined && { account }) };
    }
    case SET_MAX_RATE_UPDATE:
      return { maxRate: (argument as RateChange).maxRate };
    default:
      return {};
  }
}

async function decodeFirst(client: Client, payloads: readonly Payload[] | null | undefined): Promise<unknown> {
  const [payload] = payloads ?? [];
  return payload && decodePayload(payload, client);
}

function isBatchInput(value: unknown): value is BatchInput {
  return isObject(value) && typeof value.batchId === "string" && isObject(value.chunks);
}
