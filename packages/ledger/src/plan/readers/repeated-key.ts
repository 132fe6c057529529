const QUOTE = 34;

/**
 * Returns the first of some keys that a JSON object has more than once. `JSON.parse` would keep only the last value.
 *
 * @param text the text of one object, known to be JSON
 * @param keyCount the number of keys of all its objects after parsing
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
 * Returns whether a key may occur twice. It runs for every line of a file, so it must be fast. A key ends with a
 * quotation mark before a colon. If there are only as many of these as keys after parsing, no key occurs twice. Few
 * texts have more of them.
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

/** Returns whether a character is one of JSON's blanks. */
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

/** Returns the index after the closing quotation mark. */
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
