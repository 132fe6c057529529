/** The parts of a header that show whether a line may be a row. */
interface RowShape {
  names: readonly string[];
  ticket: number;
  related: number;
  delimiter: string;
}

/** A value that seems to hide rows: its column, and how many lines in it look like rows. */
interface HidingValue {
  index: number;
  hidden: number;
}

const LINE_END = /\r\n|\n|\r/;

/**
 * Returns the first value of a record that seems to hide rows: two stray quotation marks make one value of all that is
 * between them. Such a line in a value has as many separators as a row up to the second mark, and its cells for ids look
 * like the record's. Returns undefined if there is none.
 */
export function hiddenRows(record: readonly string[], shape: RowShape): HidingValue | undefined {
  for (const [index, value] of record.entries()) {
    const [, ...lines] = value.split(LINE_END);
    const hidden = lines.filter((line, at) => looksLikeRow(line, at === lines.length - 1)).length;
    if (hidden > 0) return { index, hidden };

    function looksLikeRow(line: string, isLast: boolean): boolean {
      const cells = line.split(shape.delimiter);
      const width = shape.names.length;
      // The second mark is in the last line. The cells after it are the record's last ones.
      const isCut = isLast && (cells.length === index + 1 || cells.length === width + index - record.length + 1);
      return cells.length > 1 && (isCut || cells.length >= width) && haveIds(cells, record, shape);
    }
  }
  return undefined;
}

/**
 * Returns the index of the first value with a carriage return alone, after which the record goes on like a row: old Macs end
 * lines with it. Returns -1 if there is none.
 */
export function rowAfterReturn(record: readonly string[], shape: RowShape): number {
  return record.findIndex((value, index) => {
    const start = value.search(/\r(?!\n)/);
    const cells = start < 0 ? [] : [value.slice(start + 1), ...record.slice(index + 1)];
    return cells.length > Math.max(shape.ticket, shape.related) && haveIds(cells, record, shape);
  });
}

function haveIds(cells: readonly string[], record: readonly string[], { ticket, related }: RowShape): boolean {
  const places = [ticket, related].filter((index) => index < cells.length);
  return places.length > 0 && places.every((index) => isLikeId(cells[index] ?? "", record[index] ?? ""));
}

/** Returns whether a cell has no blanks, and a digit if the record's own id has one. */
function isLikeId(cell: string, own: string): boolean {
  const text = cell.trim();
  return /^\S+$/.test(text) && (/\d/.test(text) || !/\d/.test(own));
}
