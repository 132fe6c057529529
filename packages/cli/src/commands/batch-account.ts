import type { BatchRecord } from "@caselink/ledger";
import type { Resumption } from "@caselink/workflows";
import { ConfigError, describeIdentity, readApiConfig, type ApiConfig } from "@caselink/worker/config";
import { UserError } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";

/**
 * Only workers of a batch's account work it: a local worker of another one could not continue the batch. A cluster may have
 * such a worker, so there this is only a warning.
 *
 * @param takeOver the environment's account gets the batch, for example after its access key was replaced
 * @returns the account that the batch gets; none if it stays with its own
 * @throws {UserError} in local mode, if the batch belongs to another account than the environment's
 */
export function requireSameAccount(
  record: BatchRecord,
  settings: Settings,
  output: Output,
  takeOver = false,
): Pick<Resumption, "account"> {
  const difference = differenceOf(record, settings);
  if (!difference) return {};
  if (takeOver) {
    output.note(t`Batch ${record.id} belongs to ${difference.batch}.\n  From now on it runs as ${difference.own}.`);
    return { account: ownAccount(settings) ?? null };
  }
  if (!settings.isLocal) {
    output.note(
      t`Warning: batch ${record.id} belongs to ${difference.batch}, but the environment has\n  ${difference.own}.\n  Only workers with the batch's account work it.`,
    );
    return {};
  }
  throw new UserError(
    t`batch ${record.id} belongs to ${difference.batch}, but the environment has\n  ${difference.own}.\n  Set the credentials that it was started with. If these replace them, for example after a key\n  was rotated, continue with caselink resume ${record.id} --take-over`,
  );
}

/** Says that a retry or an undo is made by another account than the batch's. It belongs to the account that plans it. */
export function warnOfOtherAccount(
  record: BatchRecord,
  what: "retry" | "undo",
  settings: Settings,
  output: Output,
): void {
  const difference = differenceOf(record, settings);
  if (!difference) return;
  const { batch, own } = difference;
  output.note(
    what === "retry"
      ? t`Warning: batch ${record.id} belongs to ${batch}.\n  This retry runs as ${own},\n  which may not see the same tickets.`
      : t`Warning: batch ${record.id} belongs to ${batch}.\n  This undo runs as ${own},\n  which may not see the same tickets.`,
  );
}

/** Says that a batch, which the command changes or deletes, is another account's than the environment's. */
export function noteOtherAccount(record: BatchRecord, { env }: Pick<Settings, "env">, output: Output): void {
  // Neither needs credentials: an operator of the cluster may have none.
  const difference = differenceOf(record, { env, isLocal: false });
  if (!difference) return;
  output.note(
    t`Warning: batch ${record.id} belongs to ${difference.batch}, but the environment has\n  ${difference.own}.`,
  );
}

/** The account of the environment; undefined for a token, and in cluster mode without credentials. */
export function ownAccount(settings: Settings): string | undefined {
  return ownConfig(settings)?.account;
}

type Own = Pick<Settings, "env" | "isLocal">;

function differenceOf({ account }: BatchRecord, settings: Own): { batch: string; own: string } | undefined {
  const config = ownConfig(settings);
  if (!config || config.account === account) return undefined;
  const identity = translated(describeIdentity(config.identity));
  return {
    batch: account === undefined ? t`a token` : t`account ${account}`,
    own: config.account === undefined ? identity : t`${identity} (account ${config.account})`,
  };
}

/** Undefined on a cluster whose workers alone have credentials. */
function ownConfig({ env, isLocal }: Own): ApiConfig | undefined {
  try {
    return readApiConfig(env);
  } catch (error) {
    if (!isLocal && error instanceof ConfigError) return undefined;
    throw error;
  }
}
