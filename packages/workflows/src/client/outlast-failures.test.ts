import { ServiceError } from "@temporalio/client";
import { expect, test } from "vitest";
import { outlastFailures } from "./outlast-failures.ts";

/** As the client throws it for a response with this code of gRPC. */
const failure = (code: number): Error =>
  new ServiceError("Failed to get Workflow execution history", {
    cause: Object.assign(new Error(`code ${code}`), { code, details: "", metadata: {} }),
  });

/** Requests that end so, each after some time. */
async function send(ends: readonly (Error | string)[], eachMs: number) {
  let now = 0;
  let requests = 0;
  const response = await outlastFailures(
    async () => {
      now += eachMs;
      const end = ends[requests++] ?? ends.at(-1);
      if (end instanceof Error) throw end;
      return end;
    },
    { now: () => now, sleep: async (milliseconds) => void (now += milliseconds) },
  ).catch((error: unknown) => error);
  return { response, requests, now };
}

test("failures that may pass are outlasted for a minute", async () => {
  const [deadline, precondition, unavailable, internal] = [failure(4), failure(9), failure(14), failure(13)];
  const series = [deadline, precondition, unavailable, internal];
  expect(await send([...series, "ended"], 10)).toMatchObject({ response: "ended", requests: 5 });
  expect(await send([unavailable], 30_000)).toEqual({ response: unavailable, requests: 3, now: 92_000 });
  expect(await send([deadline], 0)).toMatchObject({ response: deadline, requests: 62 });
});

test("failures that are far apart do not add up", async () => {
  const series = Array.from({ length: 40 }, () => failure(4));
  expect(await send([...series, "ended"], 120_000)).toMatchObject({ response: "ended", requests: 41 });
});

test.for([1, 3, 5, 7, 12, 16])("a failure with code %i is definite", async (code) => {
  const error = failure(code);
  expect(await send([error, "ended"], 0)).toEqual({ response: error, requests: 1, now: 0 });
});

test("an error that is not a failure of Temporal is thrown", async () => {
  const error = new TypeError("a bug");
  expect(await send([error, "ended"], 0)).toMatchObject({ response: error, requests: 1 });
});
