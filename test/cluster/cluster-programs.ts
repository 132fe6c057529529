import { dirname } from "node:path";
import { buildWithGo, installTool } from "../../scripts/install-tool.ts";
import { installPostgres } from "./install-postgres.ts";

export const TEMPORAL_VERSION = "v1.32.2";
const MODULE = "go.temporal.io/server/cmd";
const TOOLCHAIN = { toolchain: "go1.26.10" };

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
  if ("missing" in postgres) return { missing: `no PostgreSQL: ${postgres.missing}` };
  const server = await installTool({
    name: "temporal-server",
    version: TEMPORAL_VERSION,
    program: "server",
    install: buildWithGo(`${MODULE}/server@${TEMPORAL_VERSION}`, TOOLCHAIN),
    takes: "about 8 minutes",
  });
  if ("missing" in server) return { missing: `no Temporal server: ${server.missing}` };
  const sqlTool = await installTool({
    name: "temporal-sql-tool",
    version: TEMPORAL_VERSION,
    program: "sql",
    install: buildWithGo(`${MODULE}/tools/sql@${TEMPORAL_VERSION}`, TOOLCHAIN),
    takes: "about a minute",
  });
  if ("missing" in sqlTool) return { missing: `no schema tool of Temporal: ${sqlTool.missing}` };
  return { postgres: dirname(postgres.path), server: server.path, sqlTool: sqlTool.path };
}
