import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { shownTime, type Column } from "./column.ts";
import { element } from "./element.ts";
import type { PageRow } from "./page-data.ts";
import type { RowQuery } from "./row-search.ts";
import { around } from "./say.ts";

const ROW_PX = 30;
/** Height of a row with stacked cells, and of its header. */
const STACKED_ROW_PX = 66;
/** Applies to screens only: paper has its own columns. */
const NARROW = "screen and (max-width: 44rem)";
/** Most rows in a printout: about twenty pages. */
const MAX_PRINTED_ROWS = 1_000;

/** Minimum column widths, the same as in rows.css. The reason column takes the remaining width. */
const MIN_WIDTH_REM = { number: 5.4, id: 8.8, outcome: 9.6, reason: 21, code: 8.5, time: 9, text: 8.5 } as const;

interface GridOptions {
  columns: readonly Column[];
  /** The columns on a narrow screen. */
  stackedColumns: readonly Column[];
  rows: readonly PageRow[];
  /** The displayed name of an outcome. */
  labelOf: (outcome: string) => string;
  /** True for the outcomes that are highlighted as not done. */
  needsAttention: (outcome: string) => boolean;
  onSort: (sort: RowQuery["sort"]) => void;
  onOpen: (row: PageRow) => void;
}

/**
 * A table of any number of rows, of which only the visible ones are in the document. It follows the WAI-ARIA grid pattern:
 * the tab key stops at the grid once, and the arrow keys move within it.
 */
export class RowGrid {
  readonly element: HTMLElement;
  readonly #options: GridOptions;
  readonly #table = element("table", {
    role: "grid",
    tabindex: "0",
    "aria-labelledby": "rows-title",
    "aria-describedby": "grid-help",
  });
  readonly #above = spacer();
  readonly #below = spacer();
  readonly #body = element("tbody", { role: "rowgroup" });
  readonly #narrow = matchMedia(NARROW);
  #columns: readonly Column[] = [];
  #heads: HTMLElement[] = [];
  readonly #virtualizer: Virtualizer<HTMLElement, Element>;
  /** Rows in the document by their position in the order. */
  #shown = new Map<number, HTMLElement>();
  #order: Uint32Array = new Uint32Array();
  #sort: RowQuery["sort"];
  #active = { row: 0, column: 0 };
  #isPrinting = false;

  constructor(options: GridOptions) {
    this.#options = options;
    this.#layOut();
    this.element = element("div", { class: "scroller" }, this.#table);
    this.#table.addEventListener("keydown", (event) => this.#onKey(event));
    this.#body.addEventListener("click", (event) => this.#onClick(event));
    this.#virtualizer = new Virtualizer<HTMLElement, Element>(this.#virtualOptions());
    // No clean-up: the grid lives as long as the page.
    this.#virtualizer._didMount();
    this.#virtualizer._willUpdate();
    this.#narrow.addEventListener("change", () => {
      this.#layOut();
      this.show(this.#order);
      if (this.#isPrinting) this.#print(true);
    });
    addEventListener("beforeprint", () => this.#print(true));
    addEventListener("afterprint", () => this.#print(false));
  }

  /** Moves the focus to the grid without scrolling the page. */
  focus(): void {
    this.#table.focus({ preventScroll: true });
  }

  get #rowPx(): number {
    return this.#narrow.matches ? STACKED_ROW_PX : ROW_PX;
  }

  /** Builds the header. On a narrow screen the cells of a row are stacked, and fewer columns are shown. */
  #layOut(): void {
    const { columns, stackedColumns } = this.#options;
    const isStacked = this.#narrow.matches;
    this.#columns = isStacked ? stackedColumns : columns;
    this.#active = { row: 0, column: 0 };
    this.#heads = this.#columns.map((column, index) => this.#head(column, index));
    this.#markSort();
    const colgroup = element("colgroup", {}, ...this.#columns.map(({ kind }) => element("col", { class: kind })));
    const headRow = element("tr", { role: "row", "aria-rowindex": "1" }, ...this.#heads);
    const head = element("thead", { role: "rowgroup" }, headRow);
    // The reason column takes the remaining width, but not less than its minimum.
    const minRem = this.#columns.reduce((sum, { kind }) => sum + MIN_WIDTH_REM[kind], 0);
    this.#table.style.minWidth = isStacked ? "" : `${minRem}rem`;
    this.#table.replaceChildren(...(isStacked ? [] : [colgroup]), head, this.#body);
    this.#table.classList.toggle("stacked", isStacked);
    this.#table.setAttribute("aria-colcount", String(this.#columns.length));
  }

  /** Shows these rows and scrolls to the first one. */
  show(order: Uint32Array): void {
    this.#order = order;
    // After sorting by keyboard, the active cell stays in the header.
    if (this.#active.row > 0) this.#active.row = 0;
    this.#shown.clear();
    this.#table.setAttribute("aria-rowcount", String(order.length + 1));
    this.#virtualizer.setOptions(this.#virtualOptions());
    this.element.scrollTop = 0;
    this.#virtualizer._willUpdate();
    this.#virtualizer.measure();
    this.#render();
  }

  #virtualOptions() {
    return {
      count: this.#order.length,
      getScrollElement: () => this.element,
      estimateSize: () => this.#rowPx,
      overscan: 8,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      // The header covers one row's height of the visible area.
      scrollPaddingEnd: this.#rowPx,
      onChange: () => this.#render(),
    };
  }

  #head({ label, kind, at }: Column, index: number): HTMLElement {
    const button = element("button", { type: "button", tabindex: "-1" }, element("bdi", {}, label));
    const cell = element(
      "th",
      { role: "columnheader", scope: "col", class: kind, id: `cell-head-${index}`, "aria-colindex": String(index + 1) },
      button,
    );
    button.addEventListener("click", () => this.#toggleSort(at));
    return cell;
  }

  /** Cycles through ascending, descending and the original order. */
  #toggleSort(at: number): void {
    const previous = this.#sort?.at === at ? this.#sort : undefined;
    if (previous === undefined) this.#sort = { at, isDescending: false };
    else this.#sort = previous.isDescending ? undefined : { at, isDescending: true };
    this.#markSort();
    this.#options.onSort(this.#sort);
  }

  #markSort(): void {
    for (const [index, head] of this.#heads.entries()) {
      const isSorted = this.#sort !== undefined && this.#columns[index]?.at === this.#sort.at;
      if (isSorted) head.setAttribute("aria-sort", this.#sort?.isDescending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  #render(): void {
    if (this.#isPrinting) return;
    const items = this.#virtualizer.getVirtualItems();
    const visible = new Map<number, HTMLElement>();
    for (const { index } of items) visible.set(index, this.#shown.get(index) ?? this.#row(index));
    this.#shown = visible;
    const first = items[0]?.index ?? 0;
    const last = items.at(-1)?.index ?? -1;
    setHeight(this.#above, first * this.#rowPx);
    setHeight(this.#below, (this.#order.length - last - 1) * this.#rowPx);
    this.#body.replaceChildren(this.#above, ...visible.values(), this.#below);
    this.#markActive();
  }

  #row(place: number): HTMLElement {
    const row = this.#options.rows[this.#order[place] ?? 0] ?? [];
    const cells = this.#columns.map((column, index) => {
      const cell = element("td", {
        role: "gridcell",
        class: column.kind,
        id: `cell-${place}-${index}`,
        "aria-colindex": String(index + 1),
      });
      if (column.kind === "number" && this.#narrow.matches) markLine(cell);
      this.#fill(cell, column, row[column.at] ?? null);
      const next = this.#columns[index + 1];
      if (column.kind === "reason" && next?.kind === "code" && !row[next.at]) cell.classList.add("wide");
      return cell;
    });
    return element("tr", { role: "row", "aria-rowindex": String(place + 2), "data-place": String(place) }, ...cells);
  }

  #fill(cell: HTMLElement, { kind }: Column, value: string | number | null): void {
    if (kind === "outcome") {
      const outcome = String(value ?? "");
      cell.textContent = this.#options.labelOf(outcome);
      if (this.#options.needsAttention(outcome)) cell.classList.add("attention");
    } else if (value !== null) {
      const text = kind === "time" ? shownTime(String(value)) : String(value);
      // The row's details show the full text.
      cell.append(element("bdi", {}, text.length > 300 ? `${text.slice(0, 300)}…` : text));
    }
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey ? !["Home", "End"].includes(event.key) : event.altKey) return;
    const { row, column } = this.#active;
    const lastColumn = this.#columns.length - 1;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.#rowPx) - 2);
    const isFar = event.ctrlKey || event.metaKey;
    const moves: Record<string, [row: number, column: number]> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      PageUp: [Math.max(0, row - page), column],
      PageDown: [row + page, column],
      Home: [isFar ? 0 : row, 0],
      End: [isFar ? this.#order.length - 1 : row, lastColumn],
    };
    const move = moves[event.key];
    if (move) {
      this.#active = { row: between(-1, move[0], this.#order.length - 1), column: between(0, move[1], lastColumn) };
      this.#reveal();
    } else if (event.key === "Enter" || event.key === " ") {
      if (row < 0) this.#toggleSort(this.#columns[column]?.at ?? 0);
      else this.#open(row);
    } else return;
    event.preventDefault();
  }

  #reveal(): void {
    if (this.#active.row >= 0) {
      this.#virtualizer.scrollToIndex(this.#active.row, { align: "auto" });
      // The browser reports the scroll in the next frame; a screen reader needs the row in the document now.
      this.element.dispatchEvent(new Event("scroll"));
    }
    this.#markActive();
    this.#table.querySelector(".active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #markActive(): void {
    this.#table.querySelector(".active")?.classList.remove("active");
    const { row, column } = this.#active;
    const id = row < 0 ? `cell-head-${column}` : `cell-${row}-${column}`;
    const cell = this.#table.querySelector(`#${id}`);
    cell?.classList.add("active");
    if (cell) this.#table.setAttribute("aria-activedescendant", id);
    else this.#table.removeAttribute("aria-activedescendant");
  }

  #onClick({ target }: MouseEvent): void {
    const cell = target instanceof Element ? target.closest("td") : null;
    const place = Number(cell?.closest("tr")?.dataset["place"] ?? "none");
    if (!cell || Number.isNaN(place)) return;
    this.#active = { row: place, column: [...(cell.parentElement?.children ?? [])].indexOf(cell) };
    this.#markActive();
    // A click that ends a text selection does not open the row.
    if (getSelection()?.isCollapsed !== false) this.#open(place);
  }

  #open(place: number): void {
    const row = this.#options.rows[this.#order[place] ?? -1];
    if (row) this.#options.onOpen(row);
  }

  /** Paper does not scroll, so all rows up to the limit are put into the document while printing. */
  #print(isPrinting: boolean): void {
    if (!isPrinting) {
      this.#isPrinting = false;
      this.#shown.clear();
      return this.#render();
    }
    this.#isPrinting = true;
    const rows = Array.from({ length: Math.min(MAX_PRINTED_ROWS, this.#order.length) }, (_, place) => this.#row(place));
    this.#body.replaceChildren(...rows);
  }
}

/** Where the cells are stacked, the style shows the words around a line's number. */
function markLine(cell: HTMLElement): void {
  const [before, after] = around("line {{0}}");
  cell.dataset["before"] = before;
  cell.dataset["after"] = after;
}

function spacer(): HTMLElement {
  return element("tr", { class: "spacer", "aria-hidden": "true" }, element("td", {}));
}

function setHeight(row: HTMLElement, px: number): void {
  row.hidden = px === 0;
  if (row.firstElementChild instanceof HTMLElement) row.firstElementChild.style.height = `${px}px`;
}

const between = (min: number, value: number, max: number): number => Math.max(min, Math.min(value, max));
