import type { PageMeta, PageReason } from "./page-data.ts";

/** What was pressed in the overview. */
export interface Picked {
  outcome: string;
  /** Of the table of reasons. */
  reason: PageReason | undefined;
}

/**
 * Lets what stands for an outcome or a reason in the overview choose its rows: segments of the bar, rows of the tables and,
 * for the keyboard, the link in each of these.
 */
export function enablePicks(
  { reasons }: PageMeta,
  hasRows: (outcome: string) => boolean,
  onPick: (picked: Picked) => void,
): void {
  for (const place of document.querySelectorAll<HTMLElement | SVGElement>("main [data-outcome]")) {
    const { outcome = "", reason } = place.dataset;
    // A page may hold a part of the rows.
    if (!hasRows(outcome)) continue;
    place.classList.add("pick");
    place.querySelector("a")?.setAttribute("href", "#rows-title");
    place.addEventListener("click", (event) => {
      // Who marks text wants to copy it.
      if (getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      onPick({ outcome, reason: reason === undefined ? undefined : reasons[Number(reason)] });
    });
  }
}
