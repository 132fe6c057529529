import { randomUUID } from "node:crypto";
import { Client, Connection } from "@temporalio/client";
import { expect, inject, test } from "vitest";
import { BatchClient, batchWorkflowId, endpointKey } from "../src/index.ts";
import { SEARCH_ATTRIBUTE_NAMES, searchAttributes } from "../src/search-attributes.ts";
import { openBatchWorld } from "./support/batch-world.ts";
import type { Row } from "./support/world.ts";

const rows = Array.from({ length: 20 }, (_, i): Row => [`T${i}`, "r"]);

test("batches are found by their state and their API", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"), { tokens: [] });
  const record = await world.plan(rows);
  await world.batches.start(record);
  const key = endpointKey(world.simulator.url);
  const found = async (state: string): Promise<string[]> => {
    const query = `${searchAttributes.state.name} = '${state}' AND ${searchAttributes.endpoint.name} = '${key}'`;
    const ids: string[] = [];
    for await (const { workflowId } of world.client.workflow.list({ query })) ids.push(workflowId);
    return ids;
  };
  await expect.poll(() => found("blocked")).toEqual([batchWorkflowId(record.id)]);
  expect(await found("running")).toEqual([]);
  world.simulator.configure({ tokens: ["demo-token"] });
  await world.batches.resume(record.id);
  await world.batches.summary(record.id);
  await expect.poll(() => found("completed")).toEqual([batchWorkflowId(record.id)]);
});

test("on a server that does not know them a batch starts without them, and says so once", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"));
  const namespace = `plain-${randomUUID().slice(0, 8)}`;
  const connection = await Connection.connect({ address: inject("temporalAddress") });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: "86400" as unknown as never },
  });
  const missing: (readonly string[])[] = [];
  const batches = new BatchClient(new Client({ connection, namespace }), {
    onMissingSearchAttributes: (names) => missing.push(names),
  });
  const record = await world.plan(rows);
  // A new namespace is known everywhere after some seconds.
  await expect.poll(() => batches.start(record).catch(() => undefined)).toBeDefined();
  expect(missing).toEqual([SEARCH_ATTRIBUTE_NAMES]);
  const { searchAttributes: set } = await new Client({ connection, namespace }).workflow
    .getHandle(batchWorkflowId(record.id))
    .describe();
  expect(Object.keys(set).filter((name) => name.startsWith("Caselink"))).toEqual([]);
  await connection.close();
});

test("the local Temporal registers exactly those that batches set", async () => {
  const connection = await Connection.connect({ address: inject("temporalAddress") });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: "default" });
  const known = Object.keys(customAttributes).filter((name) => name.startsWith("Caselink"));
  expect(known.sort()).toEqual([...SEARCH_ATTRIBUTE_NAMES].sort());
  await connection.close();
});
