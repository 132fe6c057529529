import type { Connection } from "@temporalio/client";
import { english } from "../language/words.ts";
import { messageOf, ok, warning, type Finding } from "../doctor/finding.ts";
import { withLimit } from "./cluster-connection.ts";

/** The first version in which updates are on without a setting; with an older one the tests of caselink do not run. */
const OLDEST = { major: 1, minor: 25 };

/** Checks the version of the server. */
export async function checkServer(connection: Connection): Promise<Finding> {
  try {
    const { serverVersion } = await withLimit(connection, () => connection.workflowService.getSystemInfo({}));
    return versionFinding(serverVersion ?? "");
  } catch (error) {
    const advice = "Check that TEMPORAL_ADDRESS is that of a Temporal cluster of version 1.25 or newer.";
    return warning("server", `the version of the server cannot be read (${messageOf(error)})`, advice);
  }
}

export function versionFinding(version: string): Finding {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const advice = "Use version 1.25 or newer.";
  if (major === undefined || minor === undefined)
    return warning("server", "the server does not report its version", advice);
  const isOld = Number(major) < OLDEST.major || (Number(major) === OLDEST.major && Number(minor) < OLDEST.minor);
  if (isOld) return warning("server", `Temporal server ${version} is older than caselink was tried with`, advice);
  return ok("server", english`Temporal server ${version}`);
}
