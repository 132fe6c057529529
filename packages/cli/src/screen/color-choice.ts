import type { Environment } from "@caselink/worker/config";

/**
 * Returns whether a stream gets colours, by the conventions of the terminal, the first that applies: `NO_COLOR` (none),
 * `FORCE_COLOR` (none for `0` and `false`, else colours), `CLICOLOR_FORCE` (colours unless `0`), `CLICOLOR=0` and
 * `TERM=dumb` (none), else colours at a terminal. An empty variable counts as not set.
 */
export function wantsColors({ isTTY = false }: { isTTY?: boolean }, env: Environment): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"]) return !["0", "false"].includes(env["FORCE_COLOR"]);
  if (env["CLICOLOR_FORCE"] && env["CLICOLOR_FORCE"] !== "0") return true;
  return isTTY && env["CLICOLOR"] !== "0" && env["TERM"] !== "dumb";
}
