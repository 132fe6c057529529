import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { expect, test } from "vitest";
import { combineHooks, logHooks, type Hooks, type LogEntry } from "../src/index.ts";
import { failureOf } from "./support/failure-of.ts";
import { startLocalServer, type LocalServer } from "./support/local-server.ts";
import { createTestClient } from "./support/test-client.ts";

test("each attempt is logged with the allowed facts and nothing else", async () => {
  await using server = await startLocalServer(
    {
      status: 429,
      headers: { "retry-after": "0", "set-cookie": "secret", "x-kind": "k" },
      body: { error_code: "APIGW.0308", error_msg: "words of the server" },
    },
    "reset",
    { body: {}, headers: { "x-request-id": "r-3" } },
  );
  const lines: [string, string, LogEntry][] = [];
  const logger = {
    debug: (message: string, entry: LogEntry) => lines.push(["debug", message, entry]),
    warn: (message: string, entry: LogEntry) => lines.push(["warn", message, entry]),
  };
  const client = createTestClient(server.url, { hooks: logHooks(logger, { headers: ["X-Kind"] }) });
  await client.listAssociations({ ticketId: "T1" });
  const elapsedMs: unknown = expect.any(Number);
  const operation = "list associations of T1";
  expect(lines).toEqual([
    [
      "warn",
      "failed",
      {
        operation,
        attempt: 1,
        httpStatus: 429,
        elapsedMs,
        errorClass: "throttled",
        code: "APIGW.0308",
        retryAfterMs: 0,
        execution: "no",
        headers: { "x-kind": "k" },
      },
    ],
    ["warn", "failed", { operation, attempt: 2, kind: "reset", execution: "no" }],
    ["debug", "succeeded", { operation, attempt: 3, httpStatus: 200, elapsedMs, requestId: "r-3" }],
  ]);
});

/** A server that rejects the first of two attempts. */
const startThrottlingServer = (): Promise<LocalServer> =>
  startLocalServer(
    { status: 429, headers: { "x-request-id": "r-1" } },
    { body: {}, headers: { "x-request-id": "r-2" } },
  );

test.each([
  ["pino", (stream: PassThrough) => pino({ level: "debug" }, stream)],
  ["a child of pino", (stream: PassThrough) => pino({ level: "debug" }, stream).child({ job: "night" })],
])("%s prints the fields of each attempt", async (_name, make) => {
  await using server = await startThrottlingServer();
  const stream = new PassThrough();
  await createTestClient(server.url, { hooks: logHooks(make(stream)) }).listAssociations({ ticketId: "T1" });
  stream.end();
  const lines = (await text(stream)).trim().split("\n");
  const operation = "list associations of T1";
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 40, msg: "failed", operation, attempt: 1, httpStatus: 429, errorClass: "throttled", requestId: "r-1" },
    { level: 20, msg: "succeeded", operation, attempt: 2, httpStatus: 200, requestId: "r-2" },
  ]);
});

test("the console prints the fields of each attempt after the message", async () => {
  await using server = await startThrottlingServer();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const hooks = logHooks(new Console({ stdout, stderr, colorMode: false }));
  await createTestClient(server.url, { hooks }).listAssociations({ ticketId: "T1" });
  stdout.end();
  stderr.end();
  expect(await text(stdout)).toMatch(
    /^succeeded \{\s+operation: 'list associations of T1',[^]*requestId: 'r-2'\s+\}\n$/,
  );
  expect(await text(stderr)).toMatch(/^failed \{\s+operation: 'list associations of T1',[^]*errorClass: 'throttled'/);
});

test("an option says what a logger of another kind takes first", async () => {
  await using server = await startLocalServer({ body: {} });
  const calls: unknown[][] = [];
  const logger = { debug: (...args: unknown[]) => calls.push(args), warn: () => {} };
  const list = (first: "fields" | "message") =>
    createTestClient(server.url, { hooks: logHooks(logger, { first }) }).listAssociations({ ticketId: "T1" });
  await list("fields");
  await list("message");
  const entry: unknown = expect.objectContaining({ operation: "list associations of T1" });
  expect(calls).toEqual([
    [entry, "succeeded"],
    ["succeeded", entry],
  ]);
});

test("combined hooks are all called in order, also after one that fails to report", async () => {
  await using server = await startLocalServer({ body: {} });
  const calls: string[] = [];
  const hook = (name: string): Hooks => ({
    beforeRequest: ({ headers }) => {
      calls.push(`before ${name}`);
      headers.set("x-last", name);
    },
    afterResponse: () => {
      calls.push(`after ${name}`);
      throw new Error("broken hook");
    },
  });
  const client = createTestClient(server.url, { hooks: combineHooks(hook("a"), {}, hook("b")) });
  await client.listAssociations({ ticketId: "T1" });
  expect(calls).toEqual(["before a", "before b", "after a", "after b"]);
  expect(server.requests[0]?.headers["x-last"]).toBe("b");
});

test("an error of a combined beforeRequest fails the call, and the next hook is not called", async () => {
  const refuse: Hooks = {
    beforeRequest: () => {
      throw new Error("not today");
    },
  };
  const next: string[] = [];
  const hooks = combineHooks(refuse, { beforeRequest: () => void next.push("called") });
  const call = createTestClient("http://127.0.0.1", { hooks }).listAssociations({ ticketId: "T1" });
  expect(await failureOf(call)).toEqual(new Error("not today"));
  expect(next).toEqual([]);
});
