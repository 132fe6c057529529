import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { buildWithGo, installTool } from "../../scripts/install-tool.ts";
import { alertsFile } from "./metric-names.ts";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../../deploy/prometheus/", import.meta.url));

const promtool = await installTool({
  name: "promtool",
  version: "v0.316.0",
  program: "promtool",
  // Without the clients of all clouds, which would make it ten times as large.
  install: buildWithGo("github.com/prometheus/prometheus/cmd/promtool@v0.316.0", { tags: "remove_all_sd" }),
  takes: "about 5 minutes",
});
if ("missing" in promtool) console.error(`tests of the alert rules are skipped: ${promtool.missing}`);

describe.skipIf("missing" in promtool)("with promtool", () => {
  const path = "path" in promtool ? promtool.path : "";

  test("Prometheus accepts the alert rules", async () => {
    const { stdout } = await run(path, ["check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"], { cwd: folder });
    expect(stdout).toContain("SUCCESS");
  });

  test("each alert fires on its condition, and not otherwise", async () => {
    const { stdout } = await run(path, ["test", "rules", "alerts.test.yml"], { cwd: folder });
    expect(stdout).toContain("SUCCESS");
  });
});

test("each alert has a test in which it fires, one in which it does not, and a section in the documentation", async () => {
  const [rules, tests, page] = await Promise.all(
    [alertsFile, new URL("alerts.test.yml", alertsFile), new URL("../../docs/metrics.md", alertsFile)].map((file) =>
      readFile(file, "utf8"),
    ),
  );
  const names = [...(rules ?? "").matchAll(/- alert: (\w+)/g)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) {
    const cases = (tests ?? "").split(/alertname: /).filter((part) => part.startsWith(name));
    expect(cases.filter((part) => /exp_alerts: \[\]/.test(part)).length, `${name} does not fire`).toBeGreaterThan(0);
    expect(cases.filter((part) => part.includes("exp_labels")).length, `${name} fires`).toBeGreaterThan(0);
    expect(page).toContain(`\`${name}\``);
  }
});
