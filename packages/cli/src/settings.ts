import { resolve } from "node:path";
import { openLedger, type Ledger } from "@caselink/ledger";
import type { Environment, TemporalConfig } from "@caselink/worker/config";
import { readLocations, reportPathIn, type Locations } from "./locations.ts";
import type { Streams } from "./output.ts";
import { UserError } from "./errors.ts";
import { t, translated } from "./language/words.ts";

/** The process that a command runs in. Tests pass their own, and run the command without starting a process. */
export interface CommandHost extends Streams {
  env: Environment;
  /** The folder that relative paths start from. */
  cwd: string;
  /** The file that starts the command in another process, for `--detach`. */
  mainFile: string;
  /** Reports to the process that started this one with `--detach` that the batch has started. */
  notifyStarted: () => void;
}

/** The settings that need no Temporal: reading them connects to nothing and loads no Temporal code. */
export interface BaseSettings extends Omit<CommandHost, keyof Streams>, Omit<Locations, "isRemote"> {
  ledger: Ledger;
  /** The file on this machine that the report of a batch is written to at its end. */
  reportPath: (batchId: string) => string;
}

/** Adds which Temporal is used; reading it connects to nothing. */
export interface Settings extends BaseSettings {
  temporal: TemporalConfig;
  /** True if no cluster is configured: Temporal and the worker then run on this machine. */
  isLocal: boolean;
}

/** A path that was typed on the command line, in a form that this process can open. */
export function pathOf({ cwd }: Pick<CommandHost, "cwd">, typed: string): string {
  return cwd === process.cwd() ? typed : resolve(cwd, typed);
}

export function readBaseSettings({ env, cwd, mainFile, notifyStarted }: CommandHost): BaseSettings {
  const locations = readLocations({ env, cwd });
  const { home, ledgerLocation, ledgerAddress, isRemote } = locations;
  const reportPath = (batchId: string): string => reportPathIn(locations, batchId);
  const ledger = openLedger(isRemote ? ledgerLocation : pathOf({ cwd }, ledgerLocation));
  return { env, cwd, mainFile, notifyStarted, home, ledgerLocation, ledgerAddress, ledger, reportPath };
}

/** @throws {ConfigError} */
export async function readSettings(host: CommandHost): Promise<Settings> {
  const { namesCluster, readTemporalConfig } = await import("@caselink/worker/config"); // not needed by most commands
  const temporal = readTemporalConfig(host.env);
  return { ...readBaseSettings(host), temporal, isLocal: !namesCluster(temporal) };
}

/**
 * The workers of a cluster read the batch from the ledger, so it must not lie in this machine's state folder.
 *
 * @throws {UserError} if `CASELINK_LEDGER` is not set in cluster mode
 */
export function requireSharedLedger({ env, isLocal, temporal }: Settings): void {
  if (isLocal || env["CASELINK_LEDGER"]) return;
  throw new UserError(
    t`no ledger is set for the cluster at ${temporal.connectionOptions.address ?? translated("its address")}.\n  Set CASELINK_LEDGER to the folder, or the s3://bucket/prefix, that its workers use.`,
  );
}
