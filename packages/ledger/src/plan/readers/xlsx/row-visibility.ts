import { isTrue } from "./parse-xml.ts";

type Attributes = Readonly<Record<string, string>>;

/** Rows of a smaller height, in points, have no pixel on the screen. */
const SMALLEST_HEIGHT = 0.375;

/** Knows which rows a sheet shows. A row is hidden by its attribute, by a height of zero, or by the sheet's defaults. */
export function createRowVisibility() {
  let isHiddenByDefault = false;
  return {
    /** Takes the attributes of `sheetFormatPr`, which comes before the rows. */
    setDefaults(attributes: Attributes): void {
      isHiddenByDefault = isTrue(attributes["zeroHeight"]) || isFlat(attributes["defaultRowHeight"]);
    },
    isHidden(attributes: Attributes): boolean {
      const { hidden, ht: height, customHeight } = attributes;
      if (isTrue(hidden) || isFlat(height)) return true;
      if (height !== undefined) return false;
      // Some programs leave out a height of zero, but write that the row has a height of its own.
      return isTrue(customHeight) || (isHiddenByDefault && hidden === undefined);
    },
  };
}

function isFlat(height: string | undefined): boolean {
  return height !== undefined && Number(height) < SMALLEST_HEIGHT;
}
