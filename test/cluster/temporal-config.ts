import { POSTGRES_USER, type PostgresServer } from "./start-postgres.ts";

export const DATABASE = "temporal";
export const VISIBILITY_DATABASE = "temporal_visibility";

/** A port for each service of the server, and one for its membership. */
export interface TemporalPorts {
  frontend: number;
  frontendMembership: number;
  history: number;
  historyMembership: number;
  matching: number;
  matchingMembership: number;
  worker: number;
  workerMembership: number;
  metrics: number;
}

/**
 * The configuration of a Temporal server with its four services in one process, and persistence and visibility in
 * PostgreSQL. JSON is YAML.
 */
export function temporalConfig(
  postgres: Pick<PostgresServer, "port" | "password">,
  ports: TemporalPorts,
  dynamicConfigFile: string,
): string {
  const sql = (databaseName: string, maxConns: number) => ({
    sql: {
      pluginName: "postgres12",
      databaseName,
      connectAddr: `127.0.0.1:${postgres.port}`,
      connectProtocol: "tcp",
      user: POSTGRES_USER,
      password: postgres.password,
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: "1h",
    },
  });
  return JSON.stringify(
    {
      log: { stdout: true, level: "warn" },
      persistence: {
        defaultStore: "default",
        visibilityStore: "visibility",
        numHistoryShards: 4,
        datastores: { default: sql(DATABASE, 20), visibility: sql(VISIBILITY_DATABASE, 5) },
      },
      global: {
        membership: { maxJoinDuration: "30s", broadcastAddress: "127.0.0.1" },
        metrics: { prometheus: { timerType: "histogram", listenAddress: `127.0.0.1:${ports.metrics}` } },
      },
      services: {
        frontend: service(ports.frontend, ports.frontendMembership),
        history: service(ports.history, ports.historyMembership),
        matching: service(ports.matching, ports.matchingMembership),
        worker: service(ports.worker, ports.workerMembership),
      },
      clusterMetadata: {
        enableGlobalNamespace: false,
        failoverVersionIncrement: 10,
        masterClusterName: "active",
        currentClusterName: "active",
        clusterInformation: {
          active: {
            enabled: true,
            initialFailoverVersion: 1,
            rpcName: "frontend",
            rpcAddress: `127.0.0.1:${ports.frontend}`,
          },
        },
      },
      dcRedirectionPolicy: { policy: "noop" },
      dynamicConfigClient: { filepath: dynamicConfigFile, pollInterval: "60s" },
    },
    undefined,
    2,
  );
}

function service(grpcPort: number, membershipPort: number): object {
  return { rpc: { grpcPort, membershipPort, bindOnLocalHost: true } };
}
