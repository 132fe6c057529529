import { expect, test } from "vitest";
import { readNamedLimit, readRetryAfterMs, readServerTimeMs } from "./retry-after.ts";

const NOON = Date.parse("2026-03-01T12:00:00Z");

test.each<[string | null, string | undefined, number | undefined]>([
  ["0", undefined, 0],
  ["2", undefined, 2_000],
  [" 1.5 ", undefined, 1_500],
  ["Sun, 01 Mar 2026 12:00:30 GMT", undefined, 30_000],
  ["Sun, 01 Mar 2026 11:00:00 GMT", undefined, 0],
  ["-1", undefined, undefined],
  ["soon", undefined, undefined],
  ["2 s", undefined, undefined],
  ["1.25", undefined, 1_250],
  ["9 9 9", undefined, undefined],
  ["Monday", undefined, undefined],
  [null, undefined, undefined],
  [null, "The throttling threshold has been reached", undefined],
  [null, "policy user over ratelimit,limit:200,time:1 second", 1_000],
  [null, "policy user over ratelimit,limit:5,time:1 minute", 60_000],
  [null, "policy api over ratelimit,limit:1000,time:24 hour", 3_600_000],
  [null, "policy api over ratelimit,limit:1000,time:1 day", 3_600_000],
  ["86400", "policy api over ratelimit,limit:1000,time:24 hour", 86_400_000],
  ["3", "policy user over ratelimit,limit:5,time:1 minute", 3_000],
])("header %j and message %j ask for %j ms", (header, message, expected) => {
  expect(readRetryAfterMs(header, message, NOON)).toBe(expected);
});

test.each<[string | undefined, object | undefined]>([
  ["policy user over ratelimit,limit:200,time:1 second", { requests: 200, windowMs: 1_000, scope: "user" }],
  ["policy user over ratelimit,limit:5,time:2 minute", { requests: 5, windowMs: 120_000, scope: "user" }],
  ["policy ip over ratelimit,limit:5,time:5 second", { requests: 5, windowMs: 5_000, scope: "ip" }],
  ["policy api over ratelimit,limit:2000,time:24 hour", { requests: 2_000, windowMs: 86_400_000, scope: "api" }],
  ["limit:9,time:1 day", { requests: 9, windowMs: 86_400_000 }],
  ["limit:0,time:1 second", undefined],
  ["limit:5,time:0 second", undefined],
  ["limit:5", undefined],
  ["limit: 7,time: 3second", { requests: 7, windowMs: 3_000 }],
  ["limit:12,time:10  SECOND", { requests: 12, windowMs: 10_000 }],
  ["limit:5,time:1 week", undefined],
  [undefined, undefined],
])("message %j names the limit %j", (message, expected) => {
  expect(readNamedLimit(message)).toEqual(expected);
});

test.each<[string | null, number | undefined]>([
  ["Sun, 01 Mar 2026 12:00:00 GMT", NOON],
  ["Thu, 01 Jan 1970 00:00:00 GMT", undefined],
  ["noon", undefined],
  [null, undefined],
])("the date %j is the server's time %j", (date, expected) => {
  expect(readServerTimeMs({ get: (name) => (name === "Date" ? date : null) })).toBe(expected);
});
