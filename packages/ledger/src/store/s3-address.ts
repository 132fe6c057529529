import { LedgerError } from "../ledger-error.ts";
import { visibleText } from "../visible-text.ts";

/**
 * How a request names the bucket: at the start of the host's name (`https://bucket.host/key`), or at the start of the path
 * (`https://host/bucket/key`).
 */
export type AddressStyle = "virtual" | "path";

/** The variable that decides for one of both. */
export const ADDRESS_STYLE = "CASELINK_S3_ADDRESS_STYLE";

const IP_ADDRESS = /^(?:\[.*\]|[0-9.]+)$/;

/**
 * The style that {@link ADDRESS_STYLE} names. Default: by path for an IP address, for `localhost` and for a name without a
 * dot, which have no names below them; else by the host's name, because OBS and others reject paths.
 * Throws `configuration` if the variable has another value.
 */
export function readAddressStyle(
  env: Readonly<Record<string, string | undefined>>,
  endpoint: URL | undefined,
): AddressStyle {
  const named = env[ADDRESS_STYLE];
  if (named === "path" || named === "virtual") return named;
  if (named) {
    throw new LedgerError("configuration", `${ADDRESS_STYLE} is path or virtual, not "${visibleText(named)}".`);
  }
  return endpoint && !canHaveNamesBelow(endpoint.hostname) ? "path" : "virtual";
}

/** True if a name server can know names below this host, such as the bucket's. */
export function canHaveNamesBelow(hostname: string): boolean {
  return !IP_ADDRESS.test(hostname) && hostname.includes(".") && !hostname.endsWith(".localhost");
}
