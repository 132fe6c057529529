/**
 * Returns a value of a file in a form that is safe and readable on a screen: with escapes for control characters,
 * invisible characters and unusual blanks, and cut at `limit` characters.
 */
export function visibleText(value: string, limit = 60): string {
  // A value may have megabytes; only its beginning is needed.
  const characters = Array.from(value.slice(0, limit * 2 + 2));
  const shown = characters.length > limit ? characters.slice(0, limit - 1) : characters;
  return shown.map(visibleCharacter).join("") + (characters.length > limit ? "…" : "");
}

function visibleCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  // Only the ordinary space is recognisable as a space.
  if (character === " " || !/[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(character)) return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
