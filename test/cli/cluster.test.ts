import { randomUUID } from "node:crypto";
import { openCliHarness, openCluster, type CommandResult } from "@caselink/test-support/cli";
import { createAuthority, startTlsProxy } from "@caselink/test-support/tls";
import { expect, inject, test } from "vitest";

const findings = ({ lines }: CommandResult): string[] =>
  lines().flatMap(({ event, check, state }) => (event === "check" ? [`${String(check)} ${String(state)}`] : []));

const newNamespace = (): { env: { TEMPORAL_NAMESPACE: string } } => ({
  env: { TEMPORAL_NAMESPACE: `set-up-${randomUUID().slice(0, 8)}` },
});

test("cluster setup creates namespace and search attributes once, and check then finds nothing to do", async () => {
  await using stage = await openCluster();
  const options = newNamespace();
  const name = options.env.TEMPORAL_NAMESPACE;
  const missing = await stage.run(["cluster", "setup"], options);
  expect([missing.status, missing.stdout]).toEqual([
    2,
    expect.stringMatching(/^failed +namespace +the namespace set-up-\w+ does not exist\n.*--create-namespace$/m),
  ]);
  const first = await stage.run(["cluster", "setup", "--create-namespace", "--retention", "7d", "--json"], options);
  expect([first.status, first.last()["created"]]).toEqual([
    0,
    [`namespace ${name}`, "CaselinkState", "CaselinkEndpoint", "CaselinkKind"],
  ]);
  const again = await stage.run(["cluster", "setup", "--create-namespace", "--json"], options);
  expect(again.last()).toEqual({ event: "cluster", action: "setup", created: [], failed: 0, warnings: 0, status: 0 });
  const checked = await stage.run(["cluster", "check"], options);
  expect([checked.status, checked.stderr]).toEqual([0, ""]);
  expect(checked.stdout).toMatch(/^ok +namespace +.* keeps the end of a batch for 7 days$/m);
  expect(checked.stdout).toMatch(/^ok +attributes +batches can be searched by CaselinkState/m);
  expect(checked.stdout).toMatch(/^ok +permission +commands may do all/m);
  expect(checked.stdout).toMatch(/^ok +permission +workers may do all/m);
  expect(checked.stdout).toMatch(/^ok +ledger /m);
  expect(checked.stdout).toMatch(/\nNo problem found\.\n$/);
});

test("cluster check creates nothing, and says what is missing and what the server keeps too briefly", async () => {
  await using stage = await openCluster();
  const options = newNamespace();
  expect((await stage.run(["cluster", "check"], options)).status).toBe(2);
  const existing = await stage.run(["cluster", "check", "--json"]);
  // The namespace of the development server forgets after a day.
  expect(findings(existing)).toEqual(
    "temporal ok,server ok,namespace warning,attributes ok,permission ok,permission ok,encryption ok,ledger ok,batches ok".split(
      ",",
    ),
  );
  expect(existing.status).toBe(0);
  const wrong = await stage.run(["cluster", "check", "--create-namespace"], options);
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining("check creates nothing")]);
});

test("operations that the cluster denies are named, and who needs them", async () => {
  const authority = await createAuthority("authority");
  const options = { target: inject("temporalAddress"), certificate: await authority.issue("temporal") };
  const ofWorkers = ["TerminateWorkflowExecution", "PollActivityTaskQueue"];
  const denied = ["UpdateWorkflowExecution", ...ofWorkers, "AddSearchAttributes"];
  await using proxy = await startTlsProxy({ ...options, denied });
  await using stage = await openCluster(
    {},
    { TEMPORAL_ADDRESS: proxy.address, TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert },
  );
  const { status, stdout } = await stage.run(["cluster", "check"]);
  expect(status).toBe(2);
  expect(stdout).toMatch(/^failed +permission +denied, and needed by commands: UpdateWorkflowExecution$/m);
  expect(stdout).toMatch(
    /^failed +permission +denied, and needed by workers: TerminateWorkflowExecution, PollActivityTaskQueue$/m,
  );
  proxy.configure({ denied: ["AddSearchAttributes"], unavailable: ["PollActivityTaskQueue"] });
  const unknown = await stage.run(["cluster", "check"]);
  expect(unknown.stdout).toMatch(/^warning +permission +not known, because .* respond to PollActivityTaskQueue$/m);
  expect(unknown.stdout).toMatch(/^ok +permission +commands may do all that they need \(7 operations tried\)$/m);
  const fresh = newNamespace();
  const set = await stage.run(["cluster", "setup", "--create-namespace", "--json"], fresh);
  expect(findings(set)).toContain("attributes warning");
  expect(JSON.stringify(set.lines())).toContain("AddSearchAttributes is denied");
  proxy.configure({ denied: ["RegisterNamespace", "DescribeNamespace"] });
  const closed = await stage.run(["cluster", "setup", "--create-namespace"], newNamespace());
  expect([closed.status, closed.stdout]).toEqual([
    2,
    expect.stringMatching(/^failed +namespace .* may not be read or created$/m),
  ]);
});

test("the cluster commands need a cluster and a ledger", async () => {
  await using local = await openCliHarness();
  const { status, stderr } = await local.run(["cluster", "setup"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("Set TEMPORAL_ADDRESS")]);
  await using stage = await openCluster({}, { CASELINK_LEDGER: undefined });
  const without = await stage.run(["cluster", "check"]);
  expect([without.status, without.stdout]).toEqual([
    2,
    expect.stringMatching(/^failed +ledger .*\n +Set CASELINK_LEDGER/m),
  ]);
});

test.each([["1d"], ["3"], ["x"]])("a new namespace has a retention of 3 days or more, not %s", async (retention) => {
  await using stage = await openCliHarness();
  const { status, stderr } = await stage.run(["cluster", "setup", "--retention", retention]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("expected a duration from 3d to 365d")]);
});
