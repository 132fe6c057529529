import { join, resolve } from "node:path";
import { openLedger, type Ledger } from "@caselink/ledger";
import { namesCluster, readTemporalConfig, type Environment, type TemporalConfig } from "@caselink/worker/config";
import envPaths from "env-paths";

/** What the environment says of where things are; nothing is connected yet. */
export interface Settings {
  env: Environment;
  /** State folder of the local mode. */
  home: string;
  /** Folder or address of the ledger. */
  ledgerLocation: string;
  ledger: Ledger;
  temporal: TemporalConfig;
  isLocal: boolean;
}

/** @throws {ConfigError} */
export function readSettings(env: Environment): Settings {
  const home = resolve(env["CASELINK_HOME"] || envPaths("caselink", { suffix: "" }).data);
  const ledgerLocation = env["CASELINK_LEDGER"] || join(home, "ledger");
  const temporal = readTemporalConfig(env);
  return {
    env,
    home,
    ledgerLocation,
    ledger: openLedger(ledgerLocation),
    temporal,
    isLocal: !namesCluster(temporal),
  };
}
