import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { findFreePort } from "../../packages/cli/src/local/free-port.ts";
import { runCommand } from "../../packages/cli/src/local/run-command.ts";
import { until } from "../../packages/test-support/src/until.ts";
import { SEARCH_ATTRIBUTE_NAMES } from "../../packages/workflows/src/workflow/search-attributes.ts";
import type { ClusterPrograms } from "./cluster-programs.ts";
import { POSTGRES_USER, startPostgres, type PostgresServer } from "./start-postgres.ts";
import { DATABASE, temporalConfig, VISIBILITY_DATABASE, type TemporalPorts } from "./temporal-config.ts";

const NAMESPACE = "default";
/** Seven days; protobuf's JSON has 64-bit numbers as strings. */
const RETENTION = { seconds: "604800" as unknown as never };
const KEYWORD = 2;
const SCHEMA_LIMIT_MS = 120_000;
const MOST_STARTS = 3;

/** A Temporal server, and the PostgreSQL server that has its state. */
export interface TemporalCluster extends AsyncDisposable {
  /** `127.0.0.1:PORT` of the frontend. */
  readonly address: string;
  /** The server's own metrics for Prometheus. */
  readonly metricsUrl: string;
  readonly postgres: PostgresServer;
  readonly serverPid: number | undefined;
  /** Kills the Temporal server. */
  kill(): Promise<void>;
  /** Starts the Temporal server again on the same ports; resolves when it serves the namespace. */
  start(): Promise<void>;
}

/** Starts both on free ports, with the namespace `default` and the search attributes of batches. */
export async function startTemporalCluster(programs: ClusterPrograms): Promise<TemporalCluster> {
  const folder = await mkdtemp(join(tmpdir(), "caselink-temporal-cluster-"));
  const postgres = await startPostgres(programs.postgres);
  const ports = await freePorts();
  const address = `127.0.0.1:${ports.frontend}`;
  const config = join(folder, "config.yaml");
  const dynamicConfig = join(folder, "dynamic-config.yaml");
  const log = join(folder, "temporal.log");
  await writeFile(config, temporalConfig(postgres, ports, dynamicConfig));
  await writeFile(dynamicConfig, "{}\n");

  let server: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();

  /** A server of which one service does not start in time ends. It is started again, as its supervisor would. */
  async function start(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await startOnce();
      } catch (error) {
        await kill();
        if (tries === MOST_STARTS) throw error;
        console.error(`Temporal is started again: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  async function startOnce(): Promise<void> {
    const file = openSync(log, "a");
    const child = spawn(programs.server, ["--config-file", config, "--allow-no-auth", "start"], {
      stdio: ["ignore", file, file],
    });
    closeSync(file);
    server = child;
    ended = once(child, "close");
    await prepareNamespace(address, () => {
      if (child.exitCode !== null) throw new Error(`the Temporal server ended with ${child.exitCode}; see ${log}`);
    }).catch(async (error: unknown) => {
      console.error(await lastErrors(log));
      throw error;
    });
  }

  async function kill(): Promise<void> {
    server?.kill("SIGKILL");
    await ended;
  }

  async function dispose(): Promise<void> {
    await kill();
    await postgres[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await createSchema(programs.sqlTool, postgres);
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    address,
    metricsUrl: `http://127.0.0.1:${ports.metrics}/metrics`,
    postgres,
    get serverPid() {
      return server?.pid;
    },
    kill,
    start,
    [Symbol.asyncDispose]: dispose,
  };
}

/** The last errors of a log with a line of JSON for each event, without their stacks. */
async function lastErrors(log: string): Promise<string> {
  const lines = (await readFile(log, "utf8")).split("\n").filter((line) => /"level":"(error|fatal)"/.test(line));
  const shown = lines
    .slice(-5)
    .map((line) => line.replace(/,"(?:logging-call-at|stacktrace)":.*$/, "").slice(0, 1_000));
  return shown.join("\n");
}

/** Creates both databases with the schemas that the tool contains. */
async function createSchema(sqlTool: string, { port, password }: PostgresServer): Promise<void> {
  const connection = ["--plugin", "postgres12", "--ep", "127.0.0.1", "-p", String(port), "-u", POSTGRES_USER];
  const sql = async (...args: string[]): Promise<void> => {
    const { failure, output } = await runCommand(sqlTool, [...connection, ...args], {
      env: { ...process.env, SQL_PASSWORD: password },
      limitMs: SCHEMA_LIMIT_MS,
    });
    if (failure !== undefined) throw new Error(`the schema could not be created: ${failure}: ${output}`);
  };
  for (const [database, schema] of [
    [DATABASE, "temporal"],
    [VISIBILITY_DATABASE, "visibility"],
  ] as const) {
    await sql("--db", database, "create");
    await sql("--db", database, "setup-schema", "-v", "0.0");
    await sql("--db", database, "update-schema", "--schema-name", `postgresql/v12/${schema}`);
  }
}

/** Temporal keeps the ports of its services in signed 16-bit numbers if its state is in PostgreSQL. */
const PORTS = { from: 15_000, below: 32_000 };

async function freePorts(): Promise<TemporalPorts> {
  const taken = new Set<number>();
  const next = async (): Promise<number> => {
    const tries = Array.from({ length: 20 }, () => randomInt(PORTS.from, PORTS.below)).filter(
      (port) => !taken.has(port),
    );
    const port = await findFreePort(tries);
    taken.add(port);
    return port;
  };
  return {
    frontend: await next(),
    frontendMembership: await next(),
    history: await next(),
    historyMembership: await next(),
    matching: await next(),
    matchingMembership: await next(),
    worker: await next(),
    workerMembership: await next(),
    metrics: await next(),
  };
}

/** Waits for the server, and creates the namespace and the search attributes if they are missing. */
async function prepareNamespace(address: string, assertAlive: () => void): Promise<void> {
  const connection = Connection.lazy({ address });
  const succeeds = async (request: () => Promise<unknown>): Promise<boolean> => {
    assertAlive();
    return connection
      .withDeadline(Date.now() + 5_000, request)
      .then(() => true)
      .catch(() => false);
  };
  const { workflowService, operatorService } = connection;
  const describe = () => workflowService.describeNamespace({ namespace: NAMESPACE });
  const register = () =>
    workflowService.registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod: RETENTION });
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, KEYWORD]));
  try {
    await until(
      async () => (await succeeds(describe)) || ((await succeeds(register)) && (await succeeds(describe))),
      (isThere) => isThere,
    );
    const attributes = async (): Promise<boolean> => {
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace: NAMESPACE });
      if (SEARCH_ATTRIBUTE_NAMES.every((name) => name in customAttributes)) return true;
      await operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes });
      return false;
    };
    await until(
      async () => attributes().catch(() => false),
      (areThere) => areThere,
    );
    // A start succeeds as soon as the caches of the server know the namespace.
    const list = () =>
      workflowService.listWorkflowExecutions({ namespace: NAMESPACE, query: "CaselinkState = 'running'" });
    await until(
      () => succeeds(list),
      (works) => works,
    );
  } finally {
    await connection.close();
  }
}
