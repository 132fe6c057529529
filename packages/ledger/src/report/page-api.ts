import { apiFactTexts } from "../api-fact-texts.ts";
import { readApiProfile, type ApiProfile } from "../api-profile.ts";
import { LedgerError } from "../ledger-error.ts";
import { html, nothing, type Html } from "./html-text.ts";
import type { PageWords } from "./page-words.ts";
import type { ReportSource } from "./report-source.ts";

/** The section with what was observed about the API, one line for each fact; nothing if there are none. */
export async function pageApi({ store, record }: ReportSource, { t, translated }: PageWords): Promise<Html> {
  const facts = apiFactTexts(await readableProfile(store, record.endpoint));
  if (facts.length === 0) return nothing;
  const lines = facts.map(({ text, evidence }) => {
    const fact = translated(text);
    return html`<p>${t`${fact.charAt(0).toUpperCase() + fact.slice(1)}: ${translated(evidence)}.`}</p>`;
  });
  return html`<section class="provenance" aria-labelledby="api-title">
    <h2 id="api-title">${t`Observed at ${new URL(record.endpoint).host}`}</h2>
    ${lines}
  </section>`;
}

/** A damaged profile must not cost anyone the report. Commands that depend on it report the damage. */
async function readableProfile(store: ReportSource["store"], endpoint: string): Promise<ApiProfile | undefined> {
  try {
    return await readApiProfile(store, endpoint);
  } catch (error) {
    if (error instanceof LedgerError && error.code === "corrupt") return undefined;
    throw error;
  }
}
