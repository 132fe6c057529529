import { expect, test } from "vitest";
import { FORBIDDEN, NOT_EXECUTED, ScriptedApi, THROTTLED, UNAVAILABLE } from "../../test/support/scripted-api.ts";
import { readRelated } from "./read-related.ts";
import { TurnBreaker } from "./turn-breaker.ts";
import { UnscopedRejectionError } from "./verdict.ts";

async function readWith(error: Error | undefined, breaker = new TurnBreaker()) {
  const api = new ScriptedApi({ R: ["a"] }, () => error && { error });
  return { read: await readRelated("R", api, breaker), breaker };
}

test("a related ticket is found, rejected, or unread", async () => {
  expect((await readWith(undefined)).read).toEqual(new Set(["a"]));
  expect((await readWith(FORBIDDEN)).read).toBeUndefined();
  const perhaps = new UnscopedRejectionError(FORBIDDEN, { kind: "permission", reason: "no" }, false);
  expect((await readWith(perhaps)).read).toBeUndefined();
  expect((await readWith(NOT_EXECUTED)).read).toBe("unread");
});

test("an API that does not let the batch continue opens the turn's breaker", async () => {
  const { read, breaker } = await readWith(THROTTLED);
  expect([read, breaker.waitReason?.kind]).toEqual(["unread", "slow-down"]);
  expect((await readWith(FORBIDDEN)).breaker.isOpen).toBe(false);
});

test("failures of these reads count, and a response ends the count", async () => {
  const breaker = new TurnBreaker();
  for (let failure = 0; failure < 7; failure++) await readWith(UNAVAILABLE, breaker);
  await readWith(undefined, breaker);
  for (let failure = 0; failure < 7; failure++) await readWith(UNAVAILABLE, breaker);
  expect(breaker.isOpen).toBe(false);
  await readWith(UNAVAILABLE, breaker);
  expect(breaker.waitReason).toMatchObject({ kind: "unavailable", httpStatus: 500 });
});
