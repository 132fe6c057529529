import type { Environment } from "@caselink/worker/config";
import { ConfigError } from "@caselink/worker/config";
import { english } from "../language/words.ts";
import { failed, ok, type Finding } from "../doctor/finding.ts";

/** Says whether what Temporal stores of batches is encrypted, and with which key. */
export async function checkEncryption(env: Environment): Promise<Finding> {
  const { readKeyring } = await import("@caselink/worker");
  try {
    const keyring = readKeyring(env);
    if (!keyring) return ok("encryption", english`off: Temporal can read the payloads of batches, which have no rows`);
    const { first, ids } = keyring;
    return ids.length === 1
      ? ok("encryption", english`payloads are encrypted with the key ${first.id}`)
      : ok(
          "encryption",
          english`payloads are encrypted with the key ${first.id}, and also read with ${ids.slice(1).join(", ")}`,
        );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return failed("encryption", error.message, "Correct it: workers and commands need the same keys.", "configuration");
  }
}
