import { randomBytes } from "node:crypto";
import { createOsmClient, isApiError, isConnectionError, type ApiError } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import type { ApiConfig } from "@caselink/worker/config";
import { failed, messageOf, ok, warning, type Finding } from "./finding.ts";

const LIMIT_MS = 15_000;

/**
 * Reads the associations of a ticket that cannot exist, once. An answer about the ticket, whatever it says, means that
 * the credentials were taken. Not repeated: five refused signatures lock a key.
 *
 * @param serverTimeMs the API's clock where it is known: a signature is dated by it
 */
export async function tryCredentials(config: ApiConfig, serverTimeMs: number | undefined): Promise<Finding[]> {
  const { endpoint, authentication: auth, credentialsFrom } = config;
  if (serverTimeMs !== undefined) auth.noteServerTime?.(serverTimeMs);
  const transport = createNodeTransport({ connections: 1 });
  const client = createOsmClient({ endpoint, auth, fetch: transport, retries: 0, timeoutMs: LIMIT_MS });
  try {
    await client.listAssociations({ ticketId: `caselink-doctor-${randomBytes(8).toString("hex")}` });
    return accepted(credentialsFrom);
  } catch (error) {
    if (isApiError(error)) return judgeRefusal(error, config);
    const advice = "Check the network, and CASELINK_IAM_ENDPOINT where the token comes from a password.";
    if (isConnectionError(error)) return [failed("credentials", `not tried: ${error.message}`, advice)];
    return [failed("credentials", messageOf(error), "Check the credentials in the environment.", "configuration")];
  } finally {
    await transport.close();
  }
}

const accepted = (credentialsFrom: string): Finding[] => [
  ok("credentials", `those from ${credentialsFrom} are accepted`),
  ok("permission", "tickets can be read; nothing was written to find out more"),
];

const ACCESS_KEY =
  "Check access key and secret key, and whether the key is enabled. Five refusals lock it for five minutes.";

/** By where the credentials come from. */
const NEXT: Readonly<Record<string, string>> = {
  CASELINK_TOKEN: "A token is good for a day: set a new CASELINK_TOKEN.",
  CASELINK_IAM_USER: "Check CASELINK_IAM_USER, CASELINK_IAM_PASSWORD and CASELINK_IAM_DOMAIN; it must be an IAM user.",
};

/** What a refusal says of credentials, permission and address. */
export function judgeRefusal(
  error: ApiError,
  { endpoint, credentialsFrom }: Pick<ApiConfig, "endpoint" | "credentialsFrom">,
): Finding[] {
  const told = [error.code, `HTTP ${error.httpStatus}`].filter(Boolean).join(", ");
  switch (error.errorClass) {
    case "not-found":
    case "invalid-parameter":
      return accepted(credentialsFrom);
    case "unauthenticated":
      return [
        failed(
          "credentials",
          `those from ${credentialsFrom} are refused (${told})`,
          NEXT[credentialsFrom] ?? ACCESS_KEY,
          "credentials",
        ),
      ];
    case "forbidden": {
      const credentials = ok("credentials", `those from ${credentialsFrom} are accepted`);
      // The service's own codes are about the ticket that was asked for, which is nobody's.
      if (error.code?.startsWith("OSM.")) {
        const message = `no permission for a ticket that does not exist (${told}), which says little`;
        return [credentials, warning("permission", message, "Whether real tickets may be read, a small file shows.")];
      }
      const message = `this user may not use the API (${told})`;
      return [
        credentials,
        failed("permission", message, "Let an administrator grant the ticket permissions.", "credentials"),
      ];
    }
    case "throttled":
      return [warning("credentials", `not tried: the API asks to slow down (${told})`, "Try again in a minute.")];
    case "transient":
      return [
        failed(
          "credentials",
          `not tried: the API fails at the moment (${told})`,
          "Try again later; batches wait by themselves.",
        ),
      ];
    default: {
      if (error.httpStatus === 404 || error.httpStatus === 405 || error.code === undefined) {
        const message = `there is something at ${endpoint}, but not this API (${told})`;
        return [failed("api", message, "Check CASELINK_ENDPOINT or CASELINK_SITE.", "configuration")];
      }
      return [
        warning("credentials", `the answer is of no documented kind (${told})`, "Try again; it may be the service."),
      ];
    }
  }
}
