import { join, resolve } from "node:path";
import type { Environment } from "@caselink/worker/config";
import envPaths from "env-paths";

/** Where caselink keeps what it stores. */
export interface Locations {
  /** State folder of the local mode. */
  home: string;
  /** Folder or address of the ledger, as it was given. */
  ledgerLocation: string;
  /** The same with an absolute path. */
  ledgerAddress: string;
  /** True if the ledger is at an address, not in a folder. */
  isRemote: boolean;
}

/** The folder for what can be fetched again: the Temporal CLI that caselink installed, and Node's compiled code. */
export const cacheFolder = (): string => envPaths("caselink", { suffix: "" }).cache;

/** The file on this machine that the report of a batch is written to at its end. */
export function reportPathIn({ home, ledgerAddress, isRemote }: Locations, batchId: string): string {
  const folder = isRemote ? join(home, "reports", batchId) : join(ledgerAddress, "batches", batchId);
  return join(folder, "report.csv");
}

export function readLocations({ env, cwd }: { env: Environment; cwd: string }): Locations {
  const home = resolve(cwd, env["CASELINK_HOME"] || envPaths("caselink", { suffix: "" }).data);
  const ledgerLocation = env["CASELINK_LEDGER"] || join(home, "ledger");
  const isRemote = /^[a-z][a-z0-9+.-]+:\/\//i.test(ledgerLocation);
  const ledgerAddress = isRemote ? ledgerLocation : resolve(cwd, ledgerLocation);
  return { home, ledgerLocation, ledgerAddress, isRemote };
}
