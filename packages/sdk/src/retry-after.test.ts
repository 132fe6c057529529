import { expect, test } from "vitest";
import { readNamedLimit, readRetryAfterMs } from "./retry-after.ts";

const NOON = Date.parse("2026-03-01T12:00:00Z");

test.each<[string | null, string | undefined, number | undefined]>([
  ["0", undefined, 0],
  ["2", undefined, 2_000],
  [" 1.5 ", undefined, 1_500],
  ["Sun, 01 Mar 2026 12:00:30 GMT", undefined, 30_000],
  ["Sun, 01 Mar 2026 11:00:00 GMT", undefined, 0],
  ["-1", undefined, undefined],
  ["soon", undefined, undefined],
  [null, undefined, undefined],
  [null, "The throttling threshold has been reached", undefined],
  [null, "policy user over ratelimit,limit:200,time:1 second", 1_000],
  [null, "policy user over ratelimit,limit:5,time:1 minute", 60_000],
  ["3", "policy user over ratelimit,limit:5,time:1 minute", 3_000],
])("header %j and message %j ask for %j ms", (header, message, expected) => {
  expect(readRetryAfterMs(header, message, NOON)).toBe(expected);
});

test.each<[string | undefined, object | undefined]>([
  ["policy user over ratelimit,limit:200,time:1 second", { requests: 200, windowMs: 1_000 }],
  ["policy user over ratelimit,limit:5,time:2 minute", { requests: 5, windowMs: 120_000 }],
  ["limit:0,time:1 second", undefined],
  ["limit:5,time:0 second", undefined],
  ["limit:5", undefined],
  [undefined, undefined],
])("message %j names the limit %j", (message, expected) => {
  expect(readNamedLimit(message)).toEqual(expected);
});
