import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "@temporalio/worker";
import { expect, test } from "vitest";
import { workflowBundlePath } from "../src/index.ts";
import { missingKinds } from "./support/history-kinds.ts";

const folder = new URL("./histories/", import.meta.url);
/** The released versions; each has its histories in a folder. */
const versions = readdirSync(folder);

const namesOf = (version: string) => readdirSync(new URL(version, folder)).filter((name) => name.endsWith(".json"));

test.for(versions)("a history of every kind is recorded of version %s", (version) => {
  expect(missingKinds(namesOf(version))).toEqual([]);
});

test.for(versions.flatMap((version) => namesOf(version).map((name) => `${version}/${name}`)))(
  "the current workflows replay %s as it was recorded",
  async (name) => {
    const history: unknown = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    const replay = Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundlePath } }, history);
    await expect(replay).resolves.toBeUndefined();
  },
);

test("the first release is there", () => expect(versions).toContain("0.1.0"));

test("a history that the workflows would not produce does not replay", async () => {
  const text = readFileSync(new URL(`${versions[0]}/plain.batch.json`, folder), "utf8");
  const changed: unknown = JSON.parse(text.replaceAll("sendOrders", "somethingElse"));
  await expect(Worker.runReplayHistory({ workflowBundle: { codePath: workflowBundlePath } }, changed)).rejects.toThrow(
    /determinism/i,
  );
});
