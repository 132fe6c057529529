import { checkEncryption } from "../cluster/check-encryption.ts";
import { checkNamespace } from "../cluster/check-namespace.ts";
import { checkPermissions } from "../cluster/check-permissions.ts";
import { checkSearchAttributes } from "../cluster/check-search-attributes.ts";
import { checkServer } from "../cluster/check-server.ts";
import { connectToCluster } from "../cluster/cluster-connection.ts";
import { checkLedger } from "../doctor/check-ledger.ts";
import { FindingReport } from "../doctor/finding-report.ts";
import { failed } from "../doctor/finding.ts";
import { UserError, type ExitStatus } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { counted } from "../screen/format.ts";
import type { Settings } from "../settings.ts";

/** `setup` creates what is missing, `check` only says what is. */
export type ClusterAction = "setup" | "check";

export interface ClusterOptions {
  createNamespace?: boolean;
  /** Milliseconds. */
  retention: number;
}

/** Checks a Temporal cluster and the ledger for batches, and creates what is missing. May be repeated. */
export async function cluster(
  action: ClusterAction,
  options: ClusterOptions,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  if (settings.isLocal)
    throw new UserError(
      t`no Temporal cluster is named.\n  Set TEMPORAL_ADDRESS or a temporal.toml. Without a cluster there is nothing to set up.`,
    );
  if (action === "check" && options.createNamespace)
    throw new UserError(t`check creates nothing: use caselink cluster setup --create-namespace`);
  const report = new FindingReport(output);
  const created = await checkCluster(action, options, settings, report);
  report.add(await checkEncryption(settings.env));
  await checkSharedLedger(settings, report);
  return printEnd(action, created, report, output);
}

/** Returns the names of what was created. */
async function checkCluster(
  action: ClusterAction,
  { createNamespace, retention: retentionMs }: ClusterOptions,
  { temporal }: Settings,
  report: FindingReport,
): Promise<string[]> {
  const { findings, connection: opened } = await connectToCluster(temporal);
  report.add(...findings);
  if (!opened) return [];
  const { connection, close } = opened;
  const { namespace = "default" } = temporal;
  try {
    report.add(await checkServer(connection));
    const ofNamespace = await checkNamespace(connection, namespace, createNamespace ? { retentionMs } : undefined);
    report.add(...ofNamespace.findings);
    if (!ofNamespace.isUsable) return ofNamespace.created;
    const attributes = await checkSearchAttributes(connection, namespace, action === "setup");
    report.add(...attributes.findings);
    report.add(...(await checkPermissions(connection, namespace)));
    return [...ofNamespace.created, ...attributes.created];
  } finally {
    await close();
  }
}

async function checkSharedLedger(settings: Settings, report: FindingReport): Promise<void> {
  if (settings.env["CASELINK_LEDGER"]) return report.add(...(await checkLedger(settings)));
  const advice = "Set CASELINK_LEDGER to the folder, or the s3://bucket/prefix, that its workers use.";
  report.add(failed("ledger", "no ledger is set for the cluster", advice, "configuration"));
}

function printEnd(action: ClusterAction, created: string[], report: FindingReport, output: Output): ExitStatus {
  const { failures, warnings, status } = report;
  output.event({ event: "cluster", action, created, failed: failures.length, warnings, status });
  if (failures.length > 0)
    output.print(t`\n${counted(failures.length, "check")} failed. Fix the first, then run caselink cluster check.`);
  else if (created.length > 0) output.print(t`\nThe cluster is set up. Created: ${created.join(", ")}.`);
  else output.print(warnings > 0 ? t`\nNo problem found, but see the warnings above.` : t`\nNo problem found.`);
  return status;
}
