const QUOTE = 34;

/**
 * The first of some keys that a JSON object has more than once, of which `JSON.parse` keeps the last.
 *
 * @param text the text of one object, known to be JSON
 * @param keyCount how many keys all objects of its value have
 */
export function repeatedKey(text: string, keyCount: number, keys: readonly string[]): string | undefined {
  if (!mayRepeat(text, keyCount)) return undefined;
  const seen = new Set<string>();
  for (const key of outermostKeys(text)) {
    if (seen.has(key) && keys.includes(key)) return key;
    seen.add(key);
  }
  return undefined;
}

/**
 * Every line of a file is asked for this, so it must be quick. A key ends with a quotation mark before a colon: where there
 * are no more of these than keys were found, none was there twice. Few lines have more, in a text.
 */
function mayRepeat(text: string, keyCount: number): boolean {
  let count = 0;
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === QUOTE) count++;
    else if (isBlank(before)) return true;
  }
  return count !== keyCount;
}

/** Of the blanks that JSON has. */
function isBlank(character: number): boolean {
  return character === 32 || character === 9 || character === 10 || character === 13;
}

const COLON = /\s*:/y;

function* outermostKeys(text: string): Generator<string> {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === '"') {
      const end = endOfString(text, at);
      COLON.lastIndex = end;
      if (depth === 1 && COLON.test(text)) yield String(JSON.parse(text.slice(at, end)));
      at = end - 1;
    }
  }
}

/** Where the character after the closing quotation mark is. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charAt(at - 1 - backslashes) === "\\") backslashes++;
  return backslashes % 2 === 1;
}
