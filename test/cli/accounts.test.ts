import { csv, newBatch } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";
import { expect, test } from "vitest";

const userOf = (name: string, unknownTickets: string) => ({
  name,
  password: `${name}-password`,
  domain: "acme",
  unknownTickets,
});
const USERS = [userOf("alice", "^B"), userOf("bob", "^A")];

const signedInAs = (name: string) => (apiUrl: string) => ({
  CASELINK_TOKEN: undefined,
  CASELINK_IAM_ENDPOINT: apiUrl,
  CASELINK_IAM_USER: name,
  CASELINK_IAM_PASSWORD: `${name}-password`,
  CASELINK_IAM_DOMAIN: "acme",
});

const rowsOf = (letter: string): string[] => Array.from({ length: 30 }, (_, at) => `${letter}${at},r${at},g`);

test("two accounts with one cluster, one endpoint and one ledger each get their own rows created", async () => {
  await using stage = await openCluster({ users: USERS });
  const envOf = (name: string) => ({ env: signedInAs(name)(stage.simulator.url) });
  await stage.startWorkerProcess(envOf("alice").env);
  await stage.startWorkerProcess(envOf("bob").env);
  await stage.write("a.csv", csv(...rowsOf("A")));
  await stage.write("b.csv", csv(...rowsOf("B")));
  const [ofAlice, ofBob] = [newBatch("alice"), newBatch("bob")];
  const ends = await Promise.all([
    stage.run(["run", "a.csv", "--batch", ofAlice, "--yes", "--json"], envOf("alice")),
    stage.run(["run", "b.csv", "--batch", ofBob, "--yes", "--json"], envOf("bob")),
  ]);
  expect(ends.map(({ status, last }) => [status, last()["created"]])).toEqual([
    [0, 30],
    [0, 30],
  ]);
  const attached = await stage.run(["attach", ofAlice], envOf("bob"));
  expect(attached.status).toBe(0); // it has ended
  const undone = await stage.run(["undo", ofAlice, "--yes"], envOf("bob"));
  expect(undone.stderr).toContain("Warning: batch");
  expect(undone.stderr).toContain("runs as user bob of domain acme");
});

test("two teams in one ledger: a command under the other account says whose batch it is, and works none of it", async () => {
  await using stage = await openCluster({ users: USERS });
  const envOf = (name: string) => ({ env: signedInAs(name)(stage.simulator.url) });
  await stage.startWorkerProcess(envOf("bob").env);
  await stage.write("a.csv", csv(...rowsOf("A")));
  const batch = newBatch("alice");
  await stage.run(["run", "a.csv", "--batch", batch, "--yes", "--detach"], envOf("alice"));
  const whose = "belongs to account";
  const attached = stage.follow(["attach", batch], envOf("bob"));
  await attached.says(`batch ${batch} ${whose}`);
  for (const command of [["pause"], ["rate", "5"], ["resume"]]) {
    const [name = "", ...rest] = command;
    const { status, stderr } = await stage.run([name, batch, ...rest], envOf("bob"));
    expect([name, status, stderr]).toEqual([name, 0, expect.stringContaining(`Warning: batch ${batch} ${whose}`)]);
    expect(stderr).toContain("user bob of domain acme");
  }
  const cancel = stage.follow(["cancel", batch], envOf("bob"));
  await cancel.says("Cancelling batch");
  expect(cancel.printed()).toContain(`Warning: batch ${batch} ${whose}`);
  // The lanes end their work with a worker of the batch's account: it finds nothing to send any more.
  await stage.startWorkerProcess(envOf("alice").env);
  expect((await cancel.ended).status).toBe(0);
  await attached.ended;
  const retried = await stage.run(["retry", batch, "--yes"], envOf("bob"));
  expect([retried.status, retried.stderr]).toEqual([3, expect.stringContaining("This retry runs as user bob")]);
  const forgotten = await stage.run(["forget", batch, "--yes"], envOf("bob"));
  expect([forgotten.status, forgotten.stderr]).toEqual([
    0,
    expect.stringContaining(`Warning: batch ${batch} ${whose}`),
  ]);
  expect(stage.simulator.counts().written).toBe(0);
});

test("run exits with 0 next to a worker whose token is rejected", async () => {
  await using stage = await openCluster();
  await stage.startWorkerProcess({ CASELINK_TOKEN: "revoked-token" });
  await stage.startWorker();
  await stage.write("in.csv", csv(...rowsOf("T")));
  const { status, last } = await stage.run(["run", "in.csv", "--batch", newBatch("good"), "--yes", "--json"]);
  expect([status, last()["created"]]).toEqual([0, 30]);
});

test("attach and resume in local mode reject an environment with another account, before anything is sent", async () => {
  await using stage = await openCluster({ users: USERS });
  await stage.write("a.csv", csv(...rowsOf("A")));
  const batch = newBatch("alice");
  const started = await stage.run(["run", "a.csv", "--batch", batch, "--yes", "--detach"], {
    env: signedInAs("alice")(stage.simulator.url),
  });
  expect(started.status).toBe(0);
  const env = { ...signedInAs("bob")(stage.simulator.url), TEMPORAL_ADDRESS: undefined };
  for (const command of ["attach", "resume"]) {
    const { status, stderr } = await stage.run([command, batch], { env });
    expect([status, stderr]).toEqual([2, expect.stringContaining(`batch ${batch} belongs to account`)]);
    expect(stderr).toContain(`caselink resume ${batch} --take-over`);
    expect(stderr).not.toContain("bob-password");
  }
  expect(stage.simulator.counts().requests).toBe(0);
});

test("resume --take-over gives a batch to the account of the environment, as after a key was rotated", async () => {
  await using stage = await openCluster({ users: [userOf("alice", "^$"), userOf("bob", "^$")] });
  const envOf = (name: string) => ({ env: signedInAs(name)(stage.simulator.url) });
  await stage.startWorkerProcess(envOf("bob").env);
  await stage.write("a.csv", csv(...rowsOf("A")));
  const batch = newBatch("alice");
  await stage.run(["run", "a.csv", "--batch", batch, "--yes", "--detach"], envOf("alice"));
  const resumed = await stage.run(["resume", batch, "--take-over"], envOf("bob"));
  expect([resumed.status, resumed.stderr]).toEqual([0, expect.stringContaining("From now on it runs as user bob")]);
  const { status, last } = await stage.run(["attach", batch, "--json"], envOf("alice"));
  expect([status, last()["created"]]).toEqual([0, 30]);
});
