import type { PageMeta, PageReason } from "./page-data.ts";

/** The outcome or reason that was clicked in the overview. */
export interface Picked {
  outcome: string;
  /** Only for a row of the table of reasons. */
  reason: PageReason | undefined;
}

/**
 * Makes the outcomes and reasons in the overview clickable: a click shows their rows. Applies to the segments of the bar, to
 * the rows of the tables and, for the keyboard, to the link in each of these.
 */
export function enablePicks(
  { reasons }: PageMeta,
  hasRows: (outcome: string) => boolean,
  onPick: (picked: Picked) => void,
): void {
  for (const target of document.querySelectorAll<HTMLElement | SVGElement>("main [data-outcome]")) {
    const { outcome = "", reason } = target.dataset;
    // The page may have only a part of the rows.
    if (!hasRows(outcome)) continue;
    target.classList.add("pick");
    target.querySelector("a")?.setAttribute("href", "#rows-title");
    target.addEventListener("click", (event) => {
      // A click that ends a text selection is not a choice.
      if (getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      onPick({ outcome, reason: reason === undefined ? undefined : reasons[Number(reason)] });
    });
  }
}
