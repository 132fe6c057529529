import { expect, inject, test } from "vitest";
import { endpointKey, laneWorkflowId } from "../src/index.ts";
import { openBatchWorld } from "./support/batch-world.ts";
import type { Row } from "./support/world.ts";

const rowsOf = (name: string): Row[] => Array.from({ length: 64 }, (_, at): Row => [`T${at}`, name]);

test("lanes without work end by themselves, and start again with the next batch", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"));
  const first = await world.plan(rowsOf("a"));
  await world.batches.start(first);
  expect(await world.batches.summary(first.id)).toMatchObject({ created: 64 });
  const key = endpointKey(first.endpoint);
  const lanes = Object.keys(first.chunks).map((lane) => world.client.workflow.getHandle(laneWorkflowId(key, lane)));
  const stateOf = async (lane: (typeof lanes)[number]) => (await lane.describe()).status.name;
  expect(new Set(await Promise.all(lanes.map(stateOf)))).toEqual(new Set(["RUNNING"]));
  await Promise.all(lanes.map((lane) => lane.result()));
  expect(new Set(await Promise.all(lanes.map(stateOf)))).toEqual(new Set(["COMPLETED"]));
  const second = await world.plan(rowsOf("b"));
  await world.batches.start(second);
  expect(await world.batches.summary(second.id)).toMatchObject({ created: 64 });
});
