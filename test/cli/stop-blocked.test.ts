import { expect, test } from "vitest";
import { csv, rowsOf } from "@caselink/test-support";
import { openProcessHarness } from "@caselink/test-support/cli";

const WRONG = { CASELINK_TOKEN: "not-a-token" };

test.for(["cancel", "pause"] as const)(
  "%s of a batch that was blocked writes nothing before it stops",
  async (action) => {
    await using stage = await openProcessHarness();
    await stage.write("in.csv", csv(...rowsOf(40)));
    const blocked = await stage.run(["run", "in.csv", "--batch", "stop", "--yes"], { env: WRONG });
    expect(blocked.status).toBe(4);
    // The token of this command is valid, so that its worker could work the batch.
    const stopped = await stage.run([action, "stop", "--json"]);
    expect([action, stopped.status]).toEqual([action, 0]);
    expect(stage.simulator.counts().written).toBe(0);
    if (action === "cancel") {
      expect(stopped.last()).toMatchObject({ event: "summary", state: "cancelled", cancelled: 40 });
      const retried = await stage.run(["retry", "stop", "--yes", "--json"]);
      expect([retried.status, retried.last()]).toMatchObject([0, { created: 40 }]);
    } else {
      const resumed = await stage.run(["resume", "stop", "--json"]);
      expect([resumed.status, resumed.last()]).toMatchObject([0, { created: 40 }]);
    }
  },
);
