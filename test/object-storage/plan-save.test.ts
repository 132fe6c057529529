// A saved plan is the first batch of a ledger, too.
import { expect, test } from "vitest";
import { csv } from "@caselink/test-support";
import { openProcessHarness } from "@caselink/test-support/cli";
import { BUCKET } from "./start-object-storage.ts";
import { startIncompleteStorage } from "./start-incomplete-storage.ts";

test("plan --save tries out the storage of a new ledger, and says what is wrong with it", async () => {
  await using storage = await startIncompleteStorage({ loses: /./ });
  await using stage = await openProcessHarness({}, { ...storage.env, CASELINK_LEDGER: `s3://${BUCKET}/saved` });
  await stage.write("in.csv", csv("T1,r1,g"));
  const lost = await stage.run(["plan", "in.csv", "--save", "--batch", "b"]);
  expect([lost.status, lost.stderr]).toEqual([1, expect.stringContaining("does not have the content")]);
  delete storage.gaps.loses;
  expect((await stage.run(["plan", "in.csv", "--save", "--batch", "b"])).status).toBe(0);
  expect([...storage.objects.keys()]).toContain("saved/storage.json");
});
