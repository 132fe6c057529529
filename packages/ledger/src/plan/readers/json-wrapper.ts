import { isObject } from "@caselink/common";
import { visibleText } from "../../visible-text.ts";
import { JsonArrayError } from "./json-array-splitter.ts";

/** A list of objects within an object. */
export interface WrappedList {
  /** The keys that lead to it. */
  path: string[];
  line: number;
  /** The positions of its first character and after its last one, in UTF-16 code units. */
  start: number;
  end: number;
  /** The text of its first element; incomplete if it is long. */
  first: string;
}

/** The structure of a JSON text that begins with an object. */
export interface Wrapper {
  lists: WrappedList[];
  /** The keys of the outermost object. */
  keys: string[];
}

/** Characters of a first element that are kept. */
const FIRST_SIZE = 1 << 16;

interface Level {
  isObject: boolean;
  /** The key of the value that is being read; undefined in a list. */
  key: string | undefined;
}

/**
 * Makes a scanner that finds the lists of objects in a JSON text that begins with an object, piece by piece. Lists within
 * lists are not sought. It does not check the values.
 */
export function createWrapperScan() {
  const levels: Level[] = [];
  const lists: WrappedList[] = [];
  const keys: string[] = [];
  let position = 0;
  let line = 1;
  let text: string | undefined;
  let isEscaped = false;
  let hasEnded = false;
  /** A list whose first element has not begun. */
  let open: Omit<WrappedList, "end" | "first"> | undefined;
  let current: WrappedList | undefined;
  let elementDepth = 0;
  /** The first element of {@link current} has not ended. */
  let isInFirst = false;

  function begin(isObjectLevel: boolean): void {
    if (open && isObjectLevel) {
      current = { ...open, end: 0, first: "" };
      elementDepth = levels.length;
      isInFirst = true;
    }
    const isSought = !isObjectLevel && levels.length > 0 && levels.every((level) => level.isObject);
    open = isSought ? { path: levels.map(({ key }) => key ?? ""), line, start: position } : undefined;
    levels.push({ isObject: isObjectLevel, key: undefined });
  }

  function finish(): void {
    levels.pop();
    if (current && levels.length < elementDepth) {
      lists.push({ ...current, end: position + 1 });
      current = undefined;
    }
    open = undefined;
    if (levels.length === 0) hasEnded = true;
  }

  function outside(character: string): void {
    if (character === '"') text = "";
    else if (character === "{" || character === "[") begin(character === "{");
    else if (character === "}" || character === "]") {
      if (levels.at(-1)?.isObject !== (character === "}"))
        throw new JsonArrayError(`has a ${character} too many`, line);
      finish();
    } else if (character === ",") {
      const level = levels.at(-1);
      if (level) level.key = undefined;
    } else open = undefined;
  }

  function take(character: string): void {
    if (text === undefined) {
      if (/[\s\ufeff:]/.test(character)) return;
      if (hasEnded) throw new JsonArrayError("continues after the end of the object", line);
      if (levels.length === 0 && character !== "{") throw new JsonArrayError("does not begin with [", line);
      outside(character);
    } else if (isEscaped || character !== '"') {
      if (text.length < FIRST_SIZE) text += character;
      isEscaped = !isEscaped && character === "\\";
    } else {
      const level = levels.at(-1);
      if (level?.isObject && level.key === undefined) {
        level.key = parsed(text);
        if (levels.length === 1) keys.push(level.key);
      }
      text = undefined;
      open = undefined;
    }
  }

  return {
    push(piece: string): void {
      for (let index = 0; index < piece.length; index++, position++) {
        const character = piece.charAt(index);
        take(character);
        if (current && isInFirst) {
          if (current.first.length < FIRST_SIZE) current.first += character;
          isInFirst = levels.length > elementDepth;
        }
        if (character === "\n") line++;
      }
    },
    /** Throws {@link JsonArrayError} if the object has no end. */
    end(): Wrapper {
      if (!hasEnded) throw new JsonArrayError("ends before the object ends", line);
      return { lists, keys };
    },
  };
}

function parsed(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/**
 * Returns the list that has the rows: the only one, or the only one whose first object has a ticket. Throws
 * {@link JsonArrayError} if that is not clear.
 */
export function listOfRows({ lists, keys }: Wrapper, isTicket: (key: string) => boolean): WrappedList {
  const [first] = lists;
  // An object with a ticket is a row itself, as in JSON lines.
  if (first === undefined || keys.some(isTicket)) throw new JsonArrayError("does not begin with [", 1);
  const withTicket = lists.filter((list) => keysOf(list).some(isTicket));
  const [found] = withTicket.length > 0 ? withTicket : lists;
  if (found !== undefined && (withTicket.length === 1 || lists.length === 1)) return found;
  const names = lists.slice(0, 4).map((list) => `${pathText(list)} in line ${list.line}`);
  throw new JsonArrayError(
    `has several lists of objects, ${names.join(" and ")}: leave only the one with the rows`,
    first.line,
  );
}

/** Returns the keys of the first element, as far as it is known. */
function keysOf({ first }: WrappedList): string[] {
  for (const text of [first, `${first.slice(0, first.lastIndexOf(","))}}`]) {
    try {
      const value: unknown = JSON.parse(text);
      if (isObject(value)) return Object.keys(value);
    } catch {
      continue;
    }
  }
  return [];
}

/** Returns the keys that lead to a list, for messages. */
export function pathText({ path }: WrappedList): string {
  return `"${visibleText(path.join("."))}"`;
}
