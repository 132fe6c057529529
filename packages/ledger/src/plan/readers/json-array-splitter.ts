/** An element of the outermost array: its text, and the line on which it begins. */
export interface ArrayElement {
  text: string;
  line: number;
}

/** The text is not one JSON array. */
export class JsonArrayError extends Error {
  override readonly name = "JsonArrayError";
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** Characters of one element. A longer one must not fill the memory. */
const ELEMENT_SIZE = 1 << 23;

/**
 * Makes a splitter that cuts a JSON array into the texts of its elements, piece by piece. It does not parse the
 * elements.
 */
export function createArraySplitter(firstLine = 1) {
  let line = firstLine;
  /** The position outside of the elements: it decides which characters are valid next. */
  let place: "start" | "first" | "element" | "separator" | "end" = "start";
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let text = "";
  let elementLine = 0;
  let isInElement = false;

  function outside(character: string): void {
    if (/\s|\ufeff/.test(character)) return;
    if (place === "start") {
      if (character !== "[") throw new JsonArrayError("does not begin with [", line);
      place = "first";
    } else if (place === "end") throw new JsonArrayError("continues after the end of the array", line);
    else if (character === "]") {
      if (place === "element") throw new JsonArrayError("has a comma before the end of the array", line);
      place = "end";
    } else if (place === "separator") {
      if (character !== ",") throw new JsonArrayError("lacks a comma between two elements", line);
      place = "element";
    } else if (character === ",") throw new JsonArrayError("has a comma without an element before it", line);
    else {
      isInElement = true;
      elementLine = line;
    }
  }

  /** Returns whether the element continues after this character, ends with it, or ended before it. */
  function inside(character: string): "on" | "last" | "past" {
    if (isInString) {
      if (isEscaped) isEscaped = false;
      else if (character === "\\") isEscaped = true;
      else if (character === '"') {
        isInString = false;
        if (depth === 0) return "last";
      }
      return "on";
    }
    if (character === '"') isInString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      if (depth === 0) return "past";
      depth--;
      if (depth === 0) return "last";
    } else if (depth === 0 && (character === "," || /\s/.test(character))) return "past";
    return "on";
  }

  return {
    push(piece: string): ArrayElement[] {
      const elements: ArrayElement[] = [];
      let start = 0;
      for (let index = 0; index < piece.length; index++) {
        const character = piece.charAt(index);
        if (!isInElement) {
          outside(character);
          start = index;
        }
        if (isInElement) {
          const next = inside(character);
          if (next !== "on") {
            elements.push({ text: text + piece.slice(start, next === "last" ? index + 1 : index), line: elementLine });
            text = "";
            isInElement = false;
            place = "separator";
            if (next === "past") outside(character);
          }
        }
        if (character === "\n") line++;
      }
      if (isInElement) {
        text += piece.slice(start);
        if (text.length > ELEMENT_SIZE) throw new JsonArrayError("has an element without an end", elementLine);
        start = 0;
      }
      return elements;
    },
    /** Throws {@link JsonArrayError} if the array has no end. */
    end(): void {
      if (place !== "end") throw new JsonArrayError("ends before the array ends", line);
    },
  };
}
