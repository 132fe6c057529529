import type { PlainRequest } from "./plain-request.ts";
import { redact, secretsIn } from "./redaction.ts";

/** Characters of the body. */
const MAX_LENGTH = 500;
/** A name that announces a secret, and what follows it up to the closing quote or the end of the line. */
const NAMED_SECRET =
  /((?:token|passw(?:or)?d|secret|authorization|cookie|signature|credentials?|access.?key|session)[\w-]*(?:\\?["']|&quot;|&#34;)?\s*[:=]\s*)(?:"[^"\\]*"|'[^'\\]*'|[^\r\n<]+)/gi;

/**
 * The first 500 characters of a body, for an error: without the request's credentials and without values whose name
 * announces a secret; control and invisible characters are escaped as `\u{…}`. Undefined if there is nothing to show.
 *
 * @param content the text, or parsed JSON
 * @param password a secret that is not in the headers
 */
export function excerptOf(content: unknown, headers: PlainRequest["headers"], password?: string): string | undefined {
  const text = typeof content === "string" ? content : (JSON.stringify(content) ?? "");
  // A secret that the cut divides is not recognised, so the cut comes last.
  const whole = redact(text, [...(password === undefined ? [] : [password]), ...secretsIn(headers.all())]);
  const harmless = whole
    .slice(0, 20 * MAX_LENGTH)
    .replaceAll(NAMED_SECRET, "$1[redacted]")
    .trim();
  const escaped = harmless
    .slice(0, MAX_LENGTH)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return harmless.length > MAX_LENGTH ? `${escaped}…` : escaped || undefined;
}
