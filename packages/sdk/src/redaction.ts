/** The headers whose values are no secrets. All others may be: an own authentication or hook can set any header. */
const PUBLIC_HEADERS = new Set(
  (
    "accept content-type traceparent tracestate user-agent " +
    "x-domain-id x-language x-project-id x-request-id x-sdk-date x-time-zone"
  ).split(" "),
);
/** A shorter value of a header would also occur in messages by chance. */
const MIN_LENGTH = 4;

/** The secrets in the headers of a request: their values, and the parts of a value that a server may repeat alone. */
export function secretsIn(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (PUBLIC_HEADERS.has(name)) return [];
    const parts = value.match(/(?<=(?:Access|Signature)=)[^,\s]+|(?<=^(?:Basic|Bearer) ).+/gi) ?? [];
    return [value, ...parts].filter(({ length }) => length >= MIN_LENGTH);
  });
}

/** The text without the secrets, also as JSON (with any escapes), URL or base64 encode them. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const piece of secrets.flatMap(toPieces)) clean = clean.replace(toPattern(piece), REDACTED);
  return clean.replaceAll(/(?:\[redacted\]){2,}/g, REDACTED);
}

const REDACTED = "[redacted]";

/** Pieces of at least 999 characters, if it is that long: a pattern for a whole token could be too large. */
function toPieces(secret: string): string[] {
  return secret.match(/[^]{999}(?:[^]{0,998}$)?|^[^]{1,998}$/g) ?? [];
}

function toPattern(secret: string): RegExp {
  // A run of backslashes has a length of its own in each encoding.
  const forms = Array.from(secret.replaceAll(/\\+/g, "\\"), (character) =>
    /[a-z\d]/i.test(character) ? character : `(?:${encodingsOf(character).join("|")})`,
  );
  const plain = forms.join("");
  // The encoded form of a shorter secret would also occur in messages by chance.
  return new RegExp(secret.length < MIN_LENGTH ? plain : `${plain}|${toBase64Pattern(secret)}`, "gi");
}

/** Of both alphabets, without padding. */
function toBase64Pattern(secret: string): string {
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(secret)));
  return base64.replace(/=+$/, "").replaceAll("+", "[+-]").replaceAll("/", "[/_]");
}

/**
 * Patterns for a character as it is, escaped in JSON (several times, if texts are nested), and in a URL. No two of them match
 * the same text; otherwise the time for a text that almost matches would double with each character.
 */
function encodingsOf(character: string): string[] {
  const utf16 = character.split("").map((unit) => `\\\\{1,8}u${toHex(unit.charCodeAt(0), 4)}`);
  const utf8 = Array.from(new TextEncoder().encode(character), (byte) => `%${toHex(byte, 2)}`);
  const encoded = [utf16.join(""), utf8.join("")];
  if (character === "\\") return ["\\\\{1,8}", ...encoded];
  if (character === " ") encoded.push("\\+");
  const [, letter] = /^"\\(\w)"$/.exec(JSON.stringify(character)) ?? [];
  const plain = letter === undefined ? [`\\\\{0,8}${escape(character)}`] : [character, `\\\\{1,8}${letter}`];
  return [...plain, ...encoded];
}

function toHex(value: number, length: number): string {
  return value.toString(16).padStart(length, "0");
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}]/g, "\\$&");
}

/** What a cause may have in addition to name, message and stack. Anything else may hold a request or a response. */
const FACTS = ["code", "errno", "syscall", "address", "port", "hostname"];
const MAX_DEPTH = 5;

/** A copy of an error of a transport, with its causes, without secrets and without properties that may hold some. */
export function redactCause(cause: unknown, secrets: readonly string[], depth = 0): unknown {
  if (typeof cause === "string") return redact(cause, secrets);
  if (typeof cause !== "object" || cause === null || depth > MAX_DEPTH) return undefined;
  const given: Record<string, unknown> = Object(cause);
  const copy = new Error(redact(String(given["message"]), secrets));
  const set = (name: string, value: unknown, enumerable = false) =>
    Object.defineProperty(copy, name, { value, enumerable, configurable: true, writable: true });
  for (const name of ["name", "stack", ...FACTS]) {
    const value = given[name];
    if (typeof value === "string") set(name, redact(value, secrets), FACTS.includes(name));
    else if (typeof value === "number") set(name, value, true);
  }
  const { cause: inner, errors } = given;
  if (inner !== undefined) set("cause", redactCause(inner, secrets, depth + 1));
  if (Array.isArray(errors))
    set(
      "errors",
      errors.map((member) => redactCause(member, secrets, depth + 1)),
    );
  return copy;
}
