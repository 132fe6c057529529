import {
  describeIdentity,
  ConfigError,
  readApiConfig,
  readEndpoint,
  xSiteOf,
  type ApiConfig,
  type Environment,
} from "@caselink/worker/config";
import { checkBehaviour } from "../doctor/check-behaviour.ts";
import { checkLedger } from "../doctor/check-ledger.ts";
import { checkClock, checkReachable } from "../doctor/check-api.ts";
import { checkCredentials } from "../doctor/check-credentials.ts";
import { failed, messageOf, ok, type Finding } from "../doctor/finding.ts";
import { FindingReport } from "../doctor/finding-report.ts";
import type { ExitStatus } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { counted } from "../screen/format.ts";
import { readBaseSettings, readSettings, type CommandHost, type Settings } from "../settings.ts";

/** Checks everything a batch needs, one line each. Writes nothing to the API, starts and installs nothing. */
export async function doctor(host: CommandHost, output: Output): Promise<ExitStatus> {
  const report = new FindingReport(output);
  report.add(ok("node", `Node ${process.versions.node}`)); // main.ts has rejected an older version
  for await (const finding of checkApi(host.env)) report.add(finding);
  for await (const finding of checkHere(host, output)) report.add(finding);

  const { failures, warnings, status } = report;
  output.event({ event: "doctor", failed: failures.length, warnings, status });
  if (failures.length > 0)
    output.print(t`\n${counted(failures.length, "check")} failed. Fix the first, then run caselink doctor again.`);
  else output.print(warnings > 0 ? t`\nNo problem found, but see the warnings above.` : t`\nNo problem found.`);
  return status;
}

async function* checkApi(env: Environment): AsyncGenerator<Finding> {
  let endpoint: string;
  let config: ApiConfig | undefined;
  try {
    endpoint = readEndpoint(env);
  } catch (error) {
    yield unconfigured(error);
    return;
  }
  try {
    config = readApiConfig(env);
    yield ok("configuration", describeConfiguration(config));
    yield ok("account", describeAccount(config));
  } catch (error) {
    yield unconfigured(error);
  }
  const { findings, isReached, skewMs } = await checkReachable(endpoint);
  yield* findings;
  if (!isReached) return;
  yield checkClock(skewMs, config !== undefined && isSigning(config));
  if (config) yield* await checkCredentials(config, skewMs === undefined ? undefined : Date.now() + skewMs);
}

/** The owner of the credentials, and the account as batches name it. */
function describeAccount({ identity, account }: ApiConfig): string {
  if (account !== undefined) return `${describeIdentity(identity)}; batches name it ${account}`;
  return `${describeIdentity(identity)}: workers with tokens share their batches`;
}

/** The API, the site of `CASELINK_SITE` if it is set and what is sent for it, and where the credentials are. */
function describeConfiguration(config: ApiConfig): string {
  const { endpoint, site, credentialsFrom } = config;
  if (site === undefined) return `${endpoint}, with credentials from ${credentialsFrom}`;
  return xSiteOf(config) === undefined
    ? `${endpoint}, site ${site} (no X-Site), with credentials from ${credentialsFrom}`
    : `${endpoint}, site ${site} (sent as X-Site), with credentials from ${credentialsFrom}`;
}

/** True if requests are signed with a key. A token does not depend on the clock. */
const isSigning = ({ credentialsFrom }: ApiConfig): boolean =>
  credentialsFrom !== "CASELINK_TOKEN" && credentialsFrom !== "CASELINK_IAM_USER";

/** Checks Temporal and the ledger. */
async function* checkHere(host: CommandHost, output: Output): AsyncGenerator<Finding> {
  let withTemporal: Settings | undefined;
  try {
    const { checkTemporal } = await import("../doctor/check-temporal.ts"); // loads Temporal
    const settings = (withTemporal = await readSettings(host));
    yield* await checkTemporal(settings);
    if (!settings.isLocal) {
      const { checkEncryption } = await import("../cluster/check-encryption.ts");
      yield await checkEncryption(host.env);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield failed("temporal", error.message, "Fix the TEMPORAL_ variables or temporal.toml.", "configuration");
  }
  const settings = readBaseSettings(host);
  const ofLedger = await checkLedger(settings, async (unfinished) => {
    if (!withTemporal) return [];
    const { findNewerEnds } = await import("../doctor/find-newer-ends.ts");
    return findNewerEnds(unfinished, withTemporal, output);
  });
  yield* ofLedger;
  if (ofLedger.some(({ check, state }) => check === "ledger" && state === "failed")) return;
  yield* await checkBehaviour(settings);
}

const unconfigured = (error: unknown): Finding =>
  failed(
    "configuration",
    messageOf(error),
    "Set it in the environment, then run caselink doctor again.",
    "configuration",
  );
