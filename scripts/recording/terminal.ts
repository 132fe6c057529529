import { widthOf } from "../../packages/cli/src/screen/format.ts";

export interface Cell {
  /** Empty for the right half of a wide character. */
  readonly char: string;
  /** Names of classes: `bold`, `dim` and a colour. */
  readonly style: string;
}

const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const BLANK: Cell = { char: " ", style: "" };
// oxlint-disable-next-line no-control-regex
const TOKEN = /\u001b\[([?<=>]?)([\d;]*)([A-Za-z])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[^]/gu;

/**
 * The screen of a terminal, as far as caselink uses one: colours, cursor movements and erasing.
 *
 * `write` throws for a control sequence that it does not know, so that a recording is never wrong without a notice.
 */
export class Terminal {
  readonly columns: number;
  readonly #screen: Cell[][];
  #row = 0;
  #column = 0;
  #bold = "";
  #dim = "";
  #color = "";

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.#screen = Array.from({ length: rows }, () => this.#blankRow());
  }

  /** The rows of the screen, from the top. */
  rows(): readonly (readonly Cell[])[] {
    return this.#screen.map((row) => [...row]);
  }

  write(text: string): void {
    for (const [token, mode = "", numbers = "", final = ""] of text.matchAll(TOKEN)) {
      if (final !== "") this.#control(mode, numbers, final, token);
      else if (token === "\r") this.#column = 0;
      else if (token === "\n") this.#nextRow();
      else if (token === "\b") this.#column = Math.max(0, this.#column - 1);
      else if (token >= " ") this.#print(token);
    }
  }

  #print(char: string): void {
    const width = Math.max(1, widthOf(char));
    if (this.#column + width > this.columns) {
      this.#column = 0;
      this.#nextRow();
    }
    const row = this.#screen[this.#row];
    if (row === undefined) return;
    const style = [this.#bold, this.#dim, this.#color].filter(Boolean).join(" ");
    row[this.#column] = { char, style };
    if (width === 2) row[this.#column + 1] = { char: "", style };
    this.#column += width;
  }

  #nextRow(): void {
    if (this.#row + 1 < this.#screen.length) this.#row += 1;
    else {
      this.#screen.shift();
      this.#screen.push(this.#blankRow());
    }
  }

  #control(mode: string, numbers: string, final: string, token: string): void {
    // Modes of the terminal, such as a hidden cursor, change no text.
    if (mode !== "" && "hlu".includes(final)) return;
    const [first = 0] = numbers.split(";").map(Number);
    const count = Math.max(1, first);
    if (final === "m") for (const code of numbers.split(";")) this.#setStyle(Number(code));
    else if (final === "A") this.#row = Math.max(0, this.#row - count);
    else if (final === "B") this.#row = Math.min(this.#screen.length - 1, this.#row + count);
    else if (final === "C") this.#column = Math.min(this.columns - 1, this.#column + count);
    else if (final === "D") this.#column = Math.max(0, this.#column - count);
    else if (final === "G") this.#column = count - 1;
    else if (final === "K") this.#eraseInRow(first);
    else if (final === "J" && first === 0) this.#eraseBelow();
    else throw new Error(`the terminal of the recording does not know ${JSON.stringify(token)}`);
  }

  /** 0: from the cursor on, 1: up to the cursor, 2: all. */
  #eraseInRow(part: number): void {
    const row = this.#screen[this.#row] ?? [];
    const from = part === 0 ? this.#column : 0;
    const to = part === 1 ? this.#column + 1 : this.columns;
    for (let column = from; column < to; column += 1) row[column] = BLANK;
  }

  #eraseBelow(): void {
    this.#eraseInRow(0);
    for (let row = this.#row + 1; row < this.#screen.length; row += 1) this.#screen[row] = this.#blankRow();
  }

  #setStyle(code: number): void {
    if (code === 0) this.#bold = this.#dim = this.#color = "";
    else if (code === 1) this.#bold = "bold";
    else if (code === 2) this.#dim = "dim";
    else if (code === 22) this.#bold = this.#dim = "";
    else if (code === 39) this.#color = "";
    else if (code >= 30 && code <= 37) this.#color = COLORS[code - 30] ?? "";
    else if (code >= 90 && code <= 97) this.#color = COLORS[code - 90] ?? "";
    else throw new Error(`the terminal of the recording does not know the style ${code}`);
  }

  #blankRow(): Cell[] {
    return Array.from({ length: this.columns }, () => BLANK);
  }
}
