import { Worker } from "@temporalio/worker";
import { expect, inject, test } from "vitest";
import { workflowBundlePath } from "../src/index.ts";
import { HISTORY_KINDS } from "./support/history-kinds.ts";
import { recordHistories } from "./support/record-kinds.ts";

/** A worker that was lost costs a task about ten seconds, and three of them half a minute. */
const LATER_MS = [1_000, 12_000, 31_000];

interface Event {
  eventType: string;
  eventTime: string;
  activityTaskScheduledEventAttributes?: { input: { payloads: { data: string }[] } };
}

interface Sent {
  orders: { order: { askedAt?: number } }[];
}

const isOf = (type: string) => (event: Event) => event.eventType === `EVENT_TYPE_${type}`;

/**
 * The same history, of tasks that started later. Those up to the last update stay as they are: an update has the time of its task,
 * which is in a history only once it was completed, and the time of a workflow never goes back.
 */
function shifted(json: string, byMs: number): unknown {
  const history = JSON.parse(json) as { events: Event[] };
  const lastUpdate = history.events.findLastIndex(isOf("WORKFLOW_EXECUTION_UPDATE_ACCEPTED"));
  for (const event of history.events.slice(lastUpdate + 1)) {
    if (!isOf("WORKFLOW_TASK_STARTED")(event)) continue;
    event.eventTime = new Date(Date.parse(event.eventTime) + byMs).toISOString();
  }
  return history;
}

test.for(HISTORY_KINDS)("the history of a batch replays whenever its tasks started: %s", async (kind) => {
  const histories = await recordHistories(inject("temporalAddress"), kind);
  const batch = histories.find(({ name }) => name === "batch")?.json ?? "";
  for (const laterMs of LATER_MS) {
    const options = { workflowBundle: { codePath: workflowBundlePath } };
    await expect(Worker.runReplayHistory(options, shifted(batch, laterMs))).resolves.toBeUndefined();
  }
});

test("a batch asks its lanes as of the cancel, and not as of the message before it", async () => {
  const histories = await recordHistories(inject("temporalAddress"), "cancelled");
  const { events } = JSON.parse(histories.find(({ name }) => name === "batch")?.json ?? "") as { events: Event[] };
  const cancelledAt = events.findIndex(isOf("WORKFLOW_EXECUTION_UPDATE_ACCEPTED"));
  const task = events.slice(0, cancelledAt).findLast(isOf("WORKFLOW_TASK_STARTED"));
  const sent = events.slice(cancelledAt).find(isOf("ACTIVITY_TASK_SCHEDULED"));
  const [payload] = sent?.activityTaskScheduledEventAttributes?.input.payloads ?? [];
  const { orders } = JSON.parse(Buffer.from(payload?.data ?? "", "base64").toString()) as Sent;
  expect(orders.length).toBeGreaterThan(0);
  for (const { order } of orders) expect(order.askedAt).toBe(Date.parse(task?.eventTime ?? ""));
});
