import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/run-tool.ts";
import { RUNBOOK } from "../guides/guide-list.ts";
import { CLUSTER_SCENARIOS } from "./cluster-scenarios.ts";
import { DISASTER_SCENARIOS } from "./disaster-scenarios.ts";
import { LEDGER_SCENARIOS } from "./ledger-scenarios.ts";
import { OPERATOR_SCENARIOS } from "./operator-scenarios.ts";

test("every section of the runbook has an incident", async () => {
  const page = await readFile(join(root, RUNBOOK), "utf8");
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => heading);
  const scenarios = [CLUSTER_SCENARIOS, OPERATOR_SCENARIOS, LEDGER_SCENARIOS, DISASTER_SCENARIOS].flat();
  expect(new Set(scenarios.map(({ section }) => section))).toEqual(new Set(sections));
});
