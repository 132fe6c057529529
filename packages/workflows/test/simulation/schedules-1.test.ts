import { expect, test } from "vitest";
import { exploreQuarter, QUARTER } from "./quarter.ts";

test(`no promise is broken in part 1 of the random schedules (${QUARTER} runs)`, async () => {
  expect(await exploreQuarter(1)).toBeUndefined();
});
