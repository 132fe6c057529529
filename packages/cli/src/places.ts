import { join, resolve } from "node:path";
import { isObjectStorage, openLedger, type Ledger } from "@caselink/ledger";
import envPaths from "env-paths";

/** Where things are on this machine, as the environment says. Nothing is connected, and no Temporal code is loaded. */
export interface Places {
  env: Readonly<Record<string, string | undefined>>;
  /** State folder of the local mode. */
  home: string;
  /** Folder or address of the ledger. */
  ledgerLocation: string;
  /** The same, whatever folder the command runs in. */
  ledgerAddress: string;
  ledger: Ledger;
  /** Where the report of a batch is left on this machine. */
  reportPath: (batchId: string) => string;
}

export function readPlaces(env: Places["env"]): Places {
  const home = resolve(env["CASELINK_HOME"] || envPaths("caselink", { suffix: "" }).data);
  const ledgerLocation = env["CASELINK_LEDGER"] || join(home, "ledger");
  const isRemote = isObjectStorage(ledgerLocation);
  const ledgerAddress = isRemote ? ledgerLocation : resolve(ledgerLocation);
  const reportPath = (batchId: string): string =>
    isRemote ? join(home, "reports", batchId, "report.csv") : join(ledgerAddress, "batches", batchId, "report.csv");
  return { env, home, ledgerLocation, ledgerAddress, ledger: openLedger(ledgerLocation), reportPath };
}
