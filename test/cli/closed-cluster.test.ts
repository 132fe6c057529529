// A cluster that requires TLS, client certificates and API keys: a proxy in front of the Temporal server of the test run.
import { join } from "node:path";
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { openCluster, type CliHarness } from "@caselink/test-support/cli";
import { createAuthority, startTlsProxy, type Authority } from "@caselink/test-support/tls";
import { expect, inject, test } from "vitest";

const API_KEY = "canary-api-key";
const TLS = "TEMPORAL_TLS_";

interface Closed {
  authority: Authority;
  other: Authority;
  /** The environment of a client that the cluster accepts. */
  env: NodeJS.ProcessEnv;
  /** Writes PEM files of a certificate of the authority, and returns the variables that name them. */
  certificate: (name: string, from?: Authority, days?: number) => Promise<NodeJS.ProcessEnv>;
}

async function closedTo(stage: CliHarness, address: string, authority: Authority): Promise<Closed> {
  const write = async (name: string, text: string): Promise<string> =>
    join(stage.folder, await stage.write(name, text));
  const certificate: Closed["certificate"] = async (name, from = authority, days) => {
    const { cert, key } = await from.issue(name, days);
    return {
      [`${TLS}CLIENT_CERT_PATH`]: await write(`${name}.pem`, cert),
      [`${TLS}CLIENT_KEY_PATH`]: await write(`${name}.key`, key),
    };
  };
  return {
    authority,
    other: await createAuthority("other authority"),
    certificate,
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_API_KEY: API_KEY,
      [`${TLS}SERVER_CA_CERT_PATH`]: await write("ca.pem", authority.cert),
      ...(await certificate("caselink")),
    },
  };
}

const startProxy = async (authority: Authority, days?: number) =>
  startTlsProxy({
    target: inject("temporalAddress"),
    certificate: await authority.issue("temporal", days),
    clientAuthority: authority.cert,
    apiKey: API_KEY,
  });

test("commands and a worker use a cluster that requires a client certificate and an API key", async () => {
  const authority = await createAuthority("authority");
  await using proxy = await startProxy(authority);
  await using stage = await openCluster();
  const { env } = await closedTo(stage, proxy.address, authority);
  const worker = await stage.startWorkerProcess(env);
  await stage.write("in.csv", csv(...rowsOf(20)));
  const batch = newBatch("closed");
  const { status, last } = await stage.run(["run", "in.csv", "--batch", batch, "--yes", "--json"], { env });
  expect([status, last()["created"]]).toEqual([0, 20]);
  const checked = await stage.run(["doctor"], { env });
  expect([checked.status, checked.stdout]).toEqual([
    0,
    expect.stringContaining("a worker for this API and this account"),
  ]);
  expect([...proxy.authorizations]).toEqual([`Bearer ${API_KEY}`]);
  expect([...proxy.clients]).toEqual(["caselink"]);
  expect(worker.printed() + checked.stdout).not.toContain(API_KEY);
});

test("what keeps a command, a worker or doctor out of a cluster is named with its variable, without a stack trace", async () => {
  const authority = await createAuthority("authority");
  await using proxy = await startProxy(authority);
  await using late = await startProxy(authority, -1);
  await using stage = await openCluster();
  const { env, other, certificate } = await closedTo(stage, proxy.address, authority);
  const foreign = await certificate("foreign", other);
  const cases: [string, NodeJS.ProcessEnv, RegExp, number][] = [
    [
      "no authority",
      { [`${TLS}SERVER_CA_CERT_PATH`]: undefined },
      /not trusted .*\n +Set TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
      2,
    ],
    ["another authority", { [`${TLS}SERVER_CA_CERT_PATH`]: foreign[`${TLS}CLIENT_CERT_PATH`] }, /not trusted/, 2],
    ["another name", { [`${TLS}SERVER_NAME`]: "else.test" }, /another name.\n +Set TEMPORAL_TLS_SERVER_NAME/, 2],
    [
      "no client certificate",
      { [`${TLS}CLIENT_CERT_PATH`]: undefined, [`${TLS}CLIENT_KEY_PATH`]: undefined },
      /requires a client certificate .*\n +Set TEMPORAL_TLS_CLIENT_CERT_PATH/,
      2,
    ],
    [
      "an expired client certificate",
      await certificate("late", authority, -1),
      /client certificate for Temporal has expired on 20\d\d-.*\n +Set TEMPORAL_TLS_CLIENT_CERT_PATH/,
      2,
    ],
    ["a foreign client certificate", foreign, /rejects the client certificate .*\n +Set TEMPORAL_TLS_CLIENT_CERT/, 2],
    [
      "an expired certificate of the server",
      { TEMPORAL_ADDRESS: late.address },
      /not valid now \(CERT_HAS_EXPIRED\)/,
      2,
    ],
    ["a wrong API key", { TEMPORAL_API_KEY: "canary-wrong" }, /rejects the API key.\n +Set TEMPORAL_API_KEY/, 2],
    ["no API key", { TEMPORAL_API_KEY: undefined }, /without credentials.*\n +Set TEMPORAL_API_KEY/, 2],
    [
      "a server without TLS",
      { TEMPORAL_ADDRESS: inject("temporalAddress") },
      /does not use TLS.*\n +Set TEMPORAL_TLS/,
      2,
    ],
    ["nothing at the address", { TEMPORAL_ADDRESS: "127.0.0.1:1" }, /ECONNREFUSED\).\n +Check TEMPORAL_ADDRESS/, 1],
  ];
  await stage.write("in.csv", csv("T1,R1,g"));
  for (const [what, variables, message, status] of cases) {
    const options = { env: { ...env, ...variables } };
    const [run, doctor, worker] = await Promise.all([
      stage.run(["run", "in.csv", "--yes"], options),
      stage.run(["doctor"], options),
      stage.start(["worker"], options).ended,
    ]);
    expect([what, run.status, run.stderr]).toEqual([what, status, expect.stringMatching(message)]);
    expect([what, worker.status, worker.stderr]).toEqual([what, status, expect.stringMatching(message)]);
    const finding = doctor.stdout.slice(doctor.stdout.indexOf("failed   temporal"));
    expect([what, doctor.status, finding]).toEqual([
      what,
      status,
      expect.stringMatching(new RegExp(message.source.replace(".\\n", "\\n"))),
    ]);
    expect(run.stderr + worker.stderr + doctor.stdout).not.toMatch(/canary|\n\s+at /);
  }
  expect(stage.simulator.counts().create).toBe(0);
});

test("variables for TLS that cannot be used are an error of the configuration before anything is sent", async () => {
  const authority = await createAuthority("authority");
  await using stage = await openCluster();
  const { env, certificate } = await closedTo(stage, "127.0.0.1:1", authority);
  const another = await certificate("another");
  await stage.write("text.pem", "no certificate");
  for (const [variables, message] of [
    [{ [`${TLS}CLIENT_KEY_PATH`]: undefined }, "TEMPORAL_TLS_CLIENT_CERT_PATH needs TEMPORAL_TLS_CLIENT_KEY_PATH"],
    [{ [`${TLS}CLIENT_CERT_PATH`]: undefined }, "TEMPORAL_TLS_CLIENT_KEY_PATH needs TEMPORAL_TLS_CLIENT_CERT_PATH"],
    [{ [`${TLS}CLIENT_KEY_PATH`]: another[`${TLS}CLIENT_KEY_PATH`] }, "does not belong to the certificate"],
    [
      { [`${TLS}CLIENT_CERT_PATH`]: "/nowhere.pem" },
      "/nowhere.pem (TEMPORAL_TLS_CLIENT_CERT_PATH) cannot be read (ENOENT)",
    ],
    [
      { [`${TLS}SERVER_CA_CERT_PATH`]: join(stage.folder, "text.pem") },
      "(TEMPORAL_TLS_SERVER_CA_CERT_PATH) holds no certificate",
    ],
    [{ TEMPORAL_TLS: "TRUE" }, 'TEMPORAL_TLS is "TRUE"; it takes true or false'],
    [{ TEMPORAL_API_KEY: "canary\n" }, "TEMPORAL_API_KEY (or api_key in temporal.toml) has a blank"],
    [{ TEMPORAL_GRPC_META_X_TEAM: "canary\n" }, "TEMPORAL_GRPC_META_*"],
    [{ TEMPORAL_PROFILE: "none" }, 'TEMPORAL_PROFILE is "none", and temporal.toml has no profile of that name'],
  ] as const) {
    const { status, stderr } = await stage.run(["status", "any"], { env: { ...env, ...variables } });
    expect([variables, status, stderr]).toEqual([variables, 2, expect.stringContaining(message)]);
    expect(stderr).not.toMatch(/canary|\n\s+at /);
  }
});
