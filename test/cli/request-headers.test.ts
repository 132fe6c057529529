// The headers by which the API recognises caselink: X-Site and User-Agent, of every command and of the worker.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFile } from "node:fs/promises";
import { csv, newBatch } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";
import { expect, onTestFinished, test } from "vitest";

const manifest = new URL("../../apps/worker/package.json", import.meta.url);

/** The User-Agents of all requests that this process makes from now on to an origin. */
function watchUserAgents(origin: string): Set<string> {
  const seen = new Set<string>();
  const watch = (message: unknown) => {
    const { request } = message as { request: { origin: string; headers: string[] } };
    if (request.origin !== origin) return;
    const at = request.headers.findIndex((name) => name.toLowerCase() === "user-agent");
    seen.add(request.headers[at + 1] ?? "none");
  };
  subscribe("undici:request:create", watch);
  onTestFinished(() => void unsubscribe("undici:request:create", watch));
  return seen;
}

test.for<[site: string | undefined, sent: string | undefined, shown: string]>([
  ["cn", "0", "site cn (sent as X-Site), "],
  ["intl", "1", "site intl (sent as X-Site), "],
  ["eu", undefined, "site eu (no X-Site), "],
  [undefined, undefined, ""],
])("CASELINK_SITE=%s is sent as X-Site=%s by the worker and by every command", async ([site, sent, shown]) => {
  await using stage = await openCluster({ tickets: { T1: ["A"] } }, { CASELINK_SITE: site });
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  await stage.write("tickets.csv", csv("T1,R1,g"));
  await stage.startWorker();
  const userAgents = watchUserAgents(stage.simulator.url);
  const batch = newBatch("site");

  const commands = [
    ["plan", "tickets.csv", "--check", "--skip-related"],
    ["run", "tickets.csv", "--batch", batch],
    ["verify", batch],
    ["undo", batch, "--yes"],
  ];
  for (const command of commands) expect([command, (await stage.run(command)).status]).toEqual([command, 0]);
  const doctor = await stage.run(["doctor"]);

  const entries = stage.simulator.journal().filter(({ ticket }) => ticket !== undefined);
  expect(entries.some(({ operation }) => operation === "create")).toBe(true);
  expect(entries.some(({ operation }) => operation === "delete")).toBe(true);
  expect(new Set(entries.map((entry) => entry.site))).toEqual(new Set([sent]));
  expect(doctor.stdout).toContain(`${stage.simulator.url}, ${shown}with credentials from CASELINK_TOKEN`);
  const node = `Node.js/${process.versions.node.split(".", 1)[0]}`;
  // The doctor's first request only asks whether anything responds.
  userAgents.delete("none");
  expect([...userAgents]).toEqual([`caselink/${version} caselink-sdk/${version} ${node}`]);
});
