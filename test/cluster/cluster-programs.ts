import { installGoTool } from "../install-go-tool.ts";
import { installPostgres } from "./install-postgres.ts";

export const TEMPORAL_VERSION = "v1.32.2";
const MODULE = "go.temporal.io/server/cmd";
const BUILD = { version: TEMPORAL_VERSION, toolchain: "go1.26.10" };

/** Paths of the programs of a cluster. */
export interface ClusterPrograms {
  /** The folder with `postgres` and `initdb`. */
  postgres: string;
  /** The Temporal server. */
  server: string;
  /** Temporal's tool for the schemas of SQL databases. */
  sqlTool: string;
}

/** Installs what is missing, once per machine. If a part cannot be had, returns the reason. */
export async function installClusterPrograms(): Promise<ClusterPrograms | { missing: string }> {
  const postgres = await installPostgres();
  if ("missing" in postgres) return postgres;
  const server = await installGoTool({
    name: "Temporal's server",
    module: `${MODULE}/server`,
    file: "temporal-server",
    takes: "about 8 minutes",
    ...BUILD,
  });
  if ("missing" in server) return server;
  const sqlTool = await installGoTool({
    name: "Temporal's schema tool",
    module: `${MODULE}/tools/sql`,
    file: "temporal-sql-tool",
    takes: "about a minute",
    ...BUILD,
  });
  if ("missing" in sqlTool) return sqlTool;
  return { postgres: postgres.bin, server: server.path, sqlTool: sqlTool.path };
}
