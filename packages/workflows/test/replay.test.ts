import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "@temporalio/worker";
import { expect, test } from "vitest";
import { workflowBundlePath } from "../src/index.ts";

const folder = new URL("./histories/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("a history of every kind is recorded", () => {
  const kinds = new Set(names.map((name) => name.split(".")[0]));
  expect([...kinds].sort((a = "", b = "") => a.localeCompare(b))).toEqual([
    "blocked",
    "cancelled",
    "continued-as-new",
    "paused",
    "plain",
    "rate",
    "rounds",
    "undo",
  ]);
});

test.for(names)("the current workflows replay %s as it was recorded", async (name) => {
  const history: unknown = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  const replay = Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundlePath } }, history);
  await expect(replay).resolves.toBeUndefined();
});

test("a history that the workflows would not produce does not replay", async () => {
  const text = readFileSync(new URL("plain.batch.json", folder), "utf8");
  const changed: unknown = JSON.parse(text.replaceAll("sendOrders", "somethingElse"));
  await expect(Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundlePath } }, changed)).rejects.toThrow(
    /determinism/i,
  );
});
