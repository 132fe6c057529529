import { html, type Html } from "./html-text.ts";

/** A mark in the colour of a chart or bar. The mark for "not done" also has another shape, for readers without colour. */
export function swatch(kind: string): Html {
  const form =
    kind === "not-done"
      ? html`<path class="${kind}" d="M4 0 8 4 4 8 0 4Z" />`
      : html`<rect class="${kind}" width="8" height="8" />`;
  return html`<svg class="swatch" viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">${form}</svg>`;
}
