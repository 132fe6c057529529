import { expect, test } from "vitest";
import { batchWorkflowId, endpointKey, laneWorkflowId } from "./contracts.ts";
import { chunkQueueOf, rejectedQueueOf, taskQueueOf } from "./task-queues.ts";

test("the names of workflows and task queues stay as they are: running batches and other workers use them", () => {
  expect([
    endpointKey("https://api.example.com/v2//"),
    endpointKey("http://127.0.0.1:8080"),
    taskQueueOf("https://api.example.com/v2/"),
    chunkQueueOf("api.example.com/v2", "acme"),
    chunkQueueOf("api.example.com/v2", undefined),
    rejectedQueueOf("api.example.com/v2", "acme"),
    batchWorkflowId("b"),
    laneWorkflowId("api.example.com/v2", "f"),
  ]).toEqual([
    "api.example.com/v2",
    "127.0.0.1:8080",
    "caselink:api.example.com/v2",
    "caselink:api.example.com/v2:acme",
    "caselink:api.example.com/v2:token",
    "caselink:api.example.com/v2:acme:rejected",
    "caselink-batch:b",
    "caselink-lane:api.example.com/v2:f",
  ]);
});
