import { count } from "@caselink/common";
import type { BatchRecord } from "../batch/batch-record.ts";
import { html, type Html } from "./html-text.ts";
import type { PageWords } from "./page-words.ts";

/** The section with the input files, their checksums and the digest of the plan. */
export function pageProvenance({ inputs, input_digest, created_at }: BatchRecord, { t, phrase }: PageWords): Html {
  const files = inputs.map(
    ({ name, bytes, sha256 }) =>
      html`<tr>
        <th scope="row"><bdi>${name}</bdi></th>
        <td>${count(bytes)}</td>
        <td class="code">${sha256}</td>
      </tr>`,
  );
  const digest = html`<code>${input_digest}</code>`;
  const manifest = html`<code>.manifest.json</code>`;
  const origin = phrase`
      Planned ${created_at}, digest ${digest}. If the batch has ended, a report that is written to a
      file has a ${manifest} next to it, with its checksum and the digest of the results.
    `;
  return html`<section class="provenance" aria-labelledby="provenance-title">
    <h2 id="provenance-title">${t`Inputs and checksums`}</h2>
    <div class="sideways" tabindex="0" role="region" aria-label="${t`Input files`}">
      <table class="figures">
        <caption class="unseen">
          ${t`Input files`}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t`Input`}</th>
            <th scope="col">${t`Bytes`}</th>
            <th scope="col" class="text">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          ${files}
        </tbody>
      </table>
    </div>
    <p>${origin}</p>
  </section>`;
}
