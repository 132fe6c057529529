import { storageFactTexts } from "@caselink/ledger";
import { t, translated } from "../language/words.ts";
import type { Output } from "../output.ts";
import type { BaseSettings } from "../settings.ts";

/**
 * Before the first batch of a ledger in object storage: finds out whether the storage can be used, and prints what it
 * lacks. Throws if it cannot be used.
 */
export async function probeStorage({ ledger, ledgerLocation }: BaseSettings, output: Output): Promise<void> {
  const facts = await ledger.probeOnce();
  if (!facts) return;
  const lacks = storageFactTexts(facts).filter(({ lack }) => lack !== undefined);
  if (lacks.length === 0) return;
  output.note(t`The ledger ${ledgerLocation} was tried out. Batches can run on it, but:`);
  for (const { text, lack = "" } of lacks) output.note(t`  ${translated(text)}:\n    ${translated(lack)}`);
}
