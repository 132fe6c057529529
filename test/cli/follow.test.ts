import { InterceptingCall, type Interceptor } from "@grpc/grpc-js";
import { openLedger } from "@caselink/ledger";
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { openCluster, type CliHarness } from "@caselink/test-support/cli";
import { BatchClient } from "@caselink/workflows";
import { Client, Connection } from "@temporalio/client";
import { Readable, Writable } from "node:stream";
import { expect, inject, test } from "vitest";
import { Output } from "../../packages/cli/src/output.ts";
import { followBatch } from "../../packages/cli/src/run/follow-batch.ts";

/** Follows a started batch to its end, and returns what it sent to Temporal and printed. */
async function follow({ ledger }: CliHarness, batch: string) {
  const requests: string[] = [];
  const countRequests: Interceptor = (options, next) => {
    requests.push(options.method_definition.path.split("/").at(-1) ?? "");
    return new InterceptingCall(next(options));
  };
  const connection = await Connection.connect({
    address: inject("temporalAddress"),
    connectTimeout: "5 minutes",
    interceptors: [countRequests],
  });
  let printed = "";
  const stderr = Object.assign(new Writable({ write: (text, _, done) => ((printed += String(text)), done()) }), {
    isTTY: true,
    columns: 80,
  });
  const output = new Output({ stdin: Readable.from([]), stdout: new Writable(), stderr }, {});
  try {
    const record = await openLedger(ledger).batch(batch);
    if (!record) throw new Error(`there is no batch ${batch}`);
    const engine = {
      batches: new BatchClient(new Client({ connection })),
      lost: new Promise<never>(() => undefined),
      webPage: () => undefined,
      detachHint: "",
      noWorkerHint: undefined,
      close: () => Promise.resolve(),
    };
    requests.length = 0; // without the connection's own
    const startedAt = performance.now();
    const result = await followBatch(record, engine, output, new AbortController().signal);
    return { result, requests, seconds: (performance.now() - startedAt) / 1000, printed };
  } finally {
    await connection.close();
  }
}

test("a follower sends Temporal about one request a second, and shows turns in progress", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  // Sixteen lanes: no turn ends for ten seconds.
  await stage.write("in.csv", csv(...rowsOf(200)));
  const batch = newBatch("follow");
  await stage.run(["run", "in.csv", "--batch", batch, "--max-rate", "20", "--yes", "--detach"]);
  const { result, requests, seconds, printed } = await follow(stage, batch);
  expect(result).toMatchObject({ kind: "finished", summary: { created: 200 } });
  expect(requests.length).toBeLessThanOrEqual(seconds + 4);
  const shown = new Set([...printed.matchAll(/([\d,]+) of 200 tickets/g)].map(([, settled]) => Number(settled)));
  expect(shown.size).toBeGreaterThan(3);
});

test("a follower of a short batch waits for its end and sends few requests", async () => {
  await using stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv("T1,R1,g"));
  const batch = newBatch("follow");
  await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--detach"]);
  const { result, requests, seconds } = await follow(stage, batch);
  expect(result).toMatchObject({ kind: "finished", summary: { created: 1 } });
  expect(requests).toContain("GetWorkflowExecutionHistory"); // it stays open until the end
  expect(requests.length).toBeLessThanOrEqual(seconds + 4);
});

test("the commands that a test leaves behind end with its harness", async () => {
  const stage = await openCluster();
  await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf(200)));
  const batch = newBatch("left");
  const run = stage.follow(["run", "in.csv", "--batch", batch, "--max-rate", "2", "--yes"]);
  await stage.simulator.waitFor(({ counts }) => counts.create >= 1);
  const watch = stage.follow(["status", batch, "--watch"]);
  await stage[Symbol.asyncDispose]();
  expect((await Promise.all([run.ended, watch.ended])).map(({ status }) => status)).toEqual([130, 0]);
});
