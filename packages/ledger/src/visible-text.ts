/**
 * Makes a value from a file safe and readable on a screen: control and invisible characters and odd blanks as escapes, cut at
 * `limit` characters.
 */
export function visibleText(value: string, limit = 60): string {
  // A value may be megabytes long; only its beginning is looked at.
  const characters = Array.from(value.slice(0, limit * 2 + 2));
  const shown = characters.length > limit ? characters.slice(0, limit - 1) : characters;
  return shown.map(visibleCharacter).join("") + (characters.length > limit ? "…" : "");
}

function visibleCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  // Of blanks only the ordinary one looks like what it is.
  if (character === " " || !/[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(character)) return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
