import { apiFactTexts } from "@caselink/ledger";
import { readEndpoint } from "@caselink/worker/config";
import type { BaseSettings } from "../settings.ts";
import { failed, messageOf, ok, type Finding } from "./finding.ts";

/** Returns what the ledger has about the behaviour of the API, one fact each; nothing if the API is not configured. */
export async function checkBehaviour({ env, ledger }: BaseSettings): Promise<Finding[]> {
  let endpoint: string;
  try {
    endpoint = readEndpoint(env);
  } catch {
    return []; // reported by the check of the configuration
  }
  try {
    return apiFactTexts(await ledger.apiProfile(endpoint)).map(({ text }) => ok("behaviour", text));
  } catch (error) {
    return [failed("behaviour", messageOf(error), "caselink doctor --probe observes the facts again.")];
  }
}
