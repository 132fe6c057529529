import { isTrue } from "./parse-xml.ts";

type Attributes = Readonly<Record<string, string>>;

/** Rows of a smaller height, in points, have no pixel on the screen. */
const SMALLEST_HEIGHT = 0.375;
/** Columns of a smaller width, in characters, have none either. */
const SMALLEST_WIDTH = 0.05;

/** `perhaps`: the rows of the sheet are hidden by default, and nothing in the file shows this one. */
export type Hiding = "hidden" | "perhaps";

export type Visibility = ReturnType<typeof createVisibility>;

/** Knows which rows and columns a sheet shows. A row is hidden by its attribute, by a height of zero, or by the sheet's defaults. */
export function createVisibility() {
  let areHidden = false;
  let areFlat = false;
  let areNarrow = false;
  const columns: { first: number; last: number; isHidden: boolean }[] = [];
  return {
    /** Takes the attributes of `sheetFormatPr`, which comes before the rows. */
    setDefaults(attributes: Attributes): void {
      areHidden = isTrue(attributes["zeroHeight"]);
      areFlat = isFlat(attributes["defaultRowHeight"]);
      areNarrow = isNarrow(attributes["defaultColWidth"]);
    },
    /** Takes the attributes of `col`, which also come before the rows. */
    addColumns({ min, max, hidden, width }: Attributes): void {
      const isHidden = isTrue(hidden) || (width === undefined ? areNarrow : isNarrow(width));
      if (isHidden || areNarrow) columns.push({ first: Number(min) - 1, last: Number(max) - 1, isHidden });
    },
    /** @param column from 0 */
    isHiddenColumn(column: number): boolean {
      return columns.find(({ first, last }) => first <= column && column <= last)?.isHidden ?? areNarrow;
    },
    hidingOf(attributes: Attributes): Hiding | undefined {
      const { hidden, ht: height, customHeight } = attributes;
      if (isTrue(hidden) || isFlat(height)) return "hidden";
      if (height !== undefined) return undefined;
      // Some programs leave out a height of zero, but write that the row has a height of its own.
      if (isTrue(customHeight)) return "hidden";
      if (hidden !== undefined) return undefined;
      if (areFlat) return "hidden";
      // Spreadsheets then write only visible rows, and more about them than their number. Other programs add rows.
      return areHidden && Object.keys(attributes).every((name) => name === "r") ? "perhaps" : undefined;
    },
  };
}

function isNarrow(width: string | undefined): boolean {
  return width !== undefined && Number(width) < SMALLEST_WIDTH;
}

function isFlat(height: string | undefined): boolean {
  return height !== undefined && Number(height) < SMALLEST_HEIGHT;
}
