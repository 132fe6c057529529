import { expect, test } from "vitest";
import { FORBIDDEN, NOT_EXECUTED, ScriptedApi, THROTTLED } from "../../test/support/scripted-api.ts";
import { readRelated } from "./read-related.ts";
import { TurnStop } from "./turn-stop.ts";
import { UnscopedRejectionError } from "./verdict.ts";

async function readWith(error: Error | undefined, turnStop = new TurnStop()) {
  const api = new ScriptedApi({ R: ["a"] }, () => error && { error });
  return { read: await readRelated("R", api, turnStop), turnStop };
}

test("a related ticket is found, rejected, or unread", async () => {
  expect((await readWith(undefined)).read).toEqual(new Set(["a"]));
  expect((await readWith(FORBIDDEN)).read).toBeUndefined();
  const perhaps = new UnscopedRejectionError(FORBIDDEN, { kind: "permission", reason: "no" }, false);
  expect((await readWith(perhaps)).read).toBeUndefined();
  expect((await readWith(NOT_EXECUTED)).read).toBe("unread");
});

test("an API that does not let the batch continue stops the turn", async () => {
  const { read, turnStop } = await readWith(THROTTLED);
  expect([read, turnStop.waitReason?.kind]).toEqual(["unread", "slow-down"]);
  expect((await readWith(FORBIDDEN)).turnStop.waitReason).toBeUndefined();
});
