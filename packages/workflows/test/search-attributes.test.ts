import { randomUUID } from "node:crypto";
import { Client } from "@temporalio/client";
import { connectToTemporal } from "@caselink/test-support/cluster";
import { expect, inject, test } from "vitest";
import { BatchClient, batchWorkflowId, endpointKey } from "../src/index.ts";
import { SEARCH_ATTRIBUTE_NAMES, searchAttributes } from "../src/workflow/search-attributes.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";
import type { Row } from "./support/engine-harness.ts";

const rows = Array.from({ length: 20 }, (_, i): Row => [`T${i}`, "r"]);

test("batches can be searched by their state and their API", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), { tokens: [] });
  const record = await harness.plan(rows);
  await harness.batches.start(record);
  const key = endpointKey(harness.simulator.url);
  const found = async (state: string): Promise<string[]> => {
    const query = `${searchAttributes.state.name} = '${state}' AND ${searchAttributes.endpoint.name} = '${key}'`;
    const ids: string[] = [];
    for await (const { workflowId } of harness.client.workflow.list({ query })) ids.push(workflowId);
    return ids;
  };
  await expect.poll(() => found("blocked")).toEqual([batchWorkflowId(record.id)]);
  expect(await found("running")).toEqual([]);
  await harness.repairAndResume(record.id, { tokens: ["demo-token"] });
  await harness.batches.summary(record.id);
  await expect.poll(() => found("completed")).toEqual([batchWorkflowId(record.id)]);
});

test("a batch on a server without the search attributes starts without them, and reports it once", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const namespace = `plain-${randomUUID().slice(0, 8)}`;
  const { connection } = await connectToTemporal();
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: "86400" as unknown as never },
  });
  const missing: (readonly string[])[] = [];
  const batches = new BatchClient(new Client({ connection, namespace }), {
    onMissingSearchAttributes: (names) => missing.push(names),
  });
  const record = await harness.plan(rows);
  // The server knows a new namespace everywhere only after some seconds.
  await expect.poll(() => batches.start(record).catch(() => undefined)).toBeDefined();
  expect(missing).toEqual([SEARCH_ATTRIBUTE_NAMES]);
  const { searchAttributes: set } = await new Client({ connection, namespace }).workflow
    .getHandle(batchWorkflowId(record.id))
    .describe();
  expect(Object.keys(set).filter((name) => name.startsWith("Caselink"))).toEqual([]);
});

test("the local Temporal registers exactly the search attributes that batches set", async () => {
  const { connection } = await connectToTemporal();
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: "default" });
  const known = Object.keys(customAttributes).filter((name) => name.startsWith("Caselink"));
  expect(known.sort()).toEqual([...SEARCH_ATTRIBUTE_NAMES].sort());
});
