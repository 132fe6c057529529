import { randomBytes } from "node:crypto";
import { createOsmClient, isApiError, isConnectionError, type ApiError } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import { clientOptionsOf, type ApiConfig } from "@caselink/worker/config";
import { english } from "../language/words.ts";
import { failed, messageOf, ok, warning, type Finding } from "./finding.ts";
import { ROLES } from "./roles.ts";

const LIMIT_MS = 15_000;

/**
 * Reads the associations of a ticket that cannot exist. Any response about the ticket means that the credentials are
 * accepted. The read is not repeated: five rejected signatures lock a key.
 *
 * @param serverTimeMs the time for dating a signature by the API's clock; undefined if it is not known
 */
export async function checkCredentials(config: ApiConfig, serverTimeMs: number | undefined): Promise<Finding[]> {
  const { authentication, credentialsFrom } = config;
  if (serverTimeMs !== undefined) authentication.recordServerTime?.(serverTimeMs);
  const transport = createNodeTransport({ connections: 1 });
  const client = createOsmClient({ ...clientOptionsOf(config), fetch: transport, retries: 0, timeoutMs: LIMIT_MS });
  try {
    await client.listAssociations({ ticketId: `caselink-doctor-${randomBytes(8).toString("hex")}` });
    return accepted(credentialsFrom);
  } catch (error) {
    if (isApiError(error)) return classifyRejection(error, config);
    const advice = "Check the network, and CASELINK_IAM_ENDPOINT if you sign in with a password.";
    if (isConnectionError(error)) return [failed("credentials", `not checked: ${error.message}`, advice)];
    return [failed("credentials", messageOf(error), "Check the credentials in the environment.", "configuration")];
  } finally {
    await transport.close();
  }
}

const accepted = (credentialsFrom: string): Finding[] => [
  ok("credentials", `the credentials from ${credentialsFrom} are accepted`),
  ok("permission", "tickets can be read; whether they can be written was not tried"),
];

const ACCESS_KEY =
  "Check access key and secret key, and whether the key is enabled. Five rejections lock it for five minutes.";

/** The advice for rejected credentials, by their source. */
const ADVICE: Readonly<Record<string, string>> = {
  CASELINK_TOKEN: "A token is valid for a day: set a new CASELINK_TOKEN.",
  CASELINK_IAM_USER: "Check CASELINK_IAM_USER, CASELINK_IAM_PASSWORD and CASELINK_IAM_DOMAIN; it must be an IAM user.",
};

/** Classifies an error of the API: credentials, permission or address. */
export function classifyRejection(
  error: ApiError,
  { endpoint, credentialsFrom }: Pick<ApiConfig, "endpoint" | "credentialsFrom">,
): Finding[] {
  const details = [error.code, `HTTP ${error.httpStatus}`].filter(Boolean).join(", ");
  switch (error.errorClass) {
    case "not-found":
    case "invalid-parameter":
      return accepted(credentialsFrom);
    case "unauthenticated":
      return [
        failed(
          "credentials",
          `the credentials from ${credentialsFrom} are rejected (${details})`,
          ADVICE[credentialsFrom] ?? ACCESS_KEY,
          "credentials",
        ),
      ];
    case "forbidden": {
      const credentials = ok("credentials", `the credentials from ${credentialsFrom} are accepted`);
      // The codes of the service concern the requested ticket, which does not exist.
      if (error.code?.startsWith("OSM.")) {
        const message = `no permission for a ticket that does not exist (${details}); this proves little`;
        return [
          credentials,
          warning(
            "permission",
            message,
            ["Run a small file to see whether real tickets can be read.", ROLES].join("\n"),
          ),
        ];
      }
      const message = `this user may not use the API (${details})`;
      return [
        credentials,
        failed(
          "permission",
          message,
          ["Let an administrator grant the ticket permissions.", ROLES].join("\n"),
          "credentials",
        ),
      ];
    }
    case "throttled":
      return [warning("credentials", `not checked: the API asks to slow down (${details})`, "Try again in a minute.")];
    case "transient":
      return [
        failed(
          "credentials",
          `not checked: the API fails at the moment (${details})`,
          "Try again later; batches wait automatically.",
        ),
      ];
    default: {
      if (error.httpStatus === 404 || error.httpStatus === 405 || error.code === undefined) {
        const message = `something responds at ${endpoint}, but not this API (${details})`;
        return [failed("api", message, english`Check CASELINK_ENDPOINT or CASELINK_SITE.`, "configuration")];
      }
      return [
        warning(
          "credentials",
          `the response is not documented (${details})`,
          "Try again; the service may have a problem.",
        ),
      ];
    }
  }
}
