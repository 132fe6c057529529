import { expect, test } from "vitest";
import { createWorkerLogger } from "./worker-logger.ts";

const env = { CASELINK_ENDPOINT: "https://osm.example.com/v2" };

function lines(write: (logger: ReturnType<typeof createWorkerLogger>) => void, environment = env): unknown[] {
  const written: string[] = [];
  write(createWorkerLogger("INFO", environment, (line) => written.push(line)));
  return written.map((line) => JSON.parse(line) as unknown);
}

test("a line of the log is JSON with time, level and message, and the fields of the event", () => {
  const [line] = lines((logger) =>
    logger.warn("it happened", { error: new Error("the reason"), attempts: 3n, nested: { at: 1 } }),
  );
  expect(line).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: "WARN",
    message: "it happened",
    endpoint: "osm.example.com/v2",
    error: "the reason",
    attempts: "3",
    nested: { at: 1 },
  });
});

test("a line names the batch or the lane of its workflow, and the chunk of its activity", () => {
  const found = lines((logger) => {
    logger.info("a", { workflowId: "caselink-batch:my.batch" });
    logger.info("b", { workflowId: "caselink-lane:localhost:4010/v2:a", batchId: "b-1" });
    logger.info("c", { workflowId: "caselink-lane:osm.example.com:all", batch: "b-2", lane: "3", chunk: "3-00001" });
    logger.info("d", { workflowId: "yours" });
  });
  expect(found).toMatchObject([
    { batch: "my.batch" },
    { lane: "a", batch: "b-1" },
    { batch: "b-2", lane: "3", chunk: "3-00001" },
    { message: "d" },
  ]);
  expect(found[3]).not.toHaveProperty("batch");
});

test("a field cannot replace the time, the level or the message of a line", () => {
  const [line] = lines((logger) => logger.error("true", { level: "INFO", message: "false", time: "never" }));
  expect(line).toMatchObject({ level: "ERROR", message: "true", time: expect.stringMatching(/^\d{4}/) });
});

test("a logger leaves out what is below its level, and the endpoint if none is configured", () => {
  const found = lines(
    (logger) => {
      logger.debug("left out");
      logger.info("kept");
    },
    { CASELINK_ENDPOINT: "" },
  );
  expect(found).toEqual([{ time: expect.any(String), level: "INFO", message: "kept" }]);
});
