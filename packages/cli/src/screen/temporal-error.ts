import { grpcCodeOf } from "@caselink/worker/config";
import { exitStatus, type ExitStatus } from "../errors.ts";
import { t } from "../language/words.ts";

const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/**
 * The message and the exit status for an error of Temporal that is a matter of the configuration; undefined for all others.
 * It goes by names and codes: the command may have loaded nothing of Temporal.
 */
export function describeTemporalError(error: Error): { message: string; status: ExitStatus } | undefined {
  const status = exitStatus.userError;
  if (error.name === "PayloadKeyError") return { message: error.message, status };
  if (error.name === "NamespaceNotFoundError") {
    const namespace = "namespace" in error ? String(error.namespace) : "";
    const message = t`Temporal has no namespace ${namespace}.\n  Check TEMPORAL_NAMESPACE, or create it with: caselink cluster setup --create-namespace`;
    return { message, status };
  }
  switch (grpcCodeOf(error)) {
    case UNAUTHENTICATED:
      return {
        message: t`Temporal rejects the API key or the client certificate.\n  Check TEMPORAL_API_KEY and TEMPORAL_TLS_CLIENT_CERT_PATH. Find the cause with: caselink cluster check`,
        status,
      };
    case PERMISSION_DENIED:
      return {
        message: t`Temporal does not permit this request.\n  caselink cluster check lists what is denied.`,
        status,
      };
    default:
      return undefined;
  }
}
