import { createSecretKey, type KeyObject } from "node:crypto";

/** AES-256. */
const KEY_BYTES = 32;
/** A key is longer than an id may be: in the place of an id it is not shown. */
const ENTRY = /^(?<id>[A-Za-z0-9._-]{1,32}):(?<key>.+)$/;
const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/** A text holds no usable keys. The message names an entry by its position and its id, and contains no part of a key. */
export class KeyringError extends Error {
  override readonly name = "KeyringError";
}

/** The keys of payloads by their ids: the first one encrypts, all decrypt. */
export class Keyring {
  /** The key that encrypts. */
  readonly first: { readonly id: string; readonly key: KeyObject };
  readonly #keys: ReadonlyMap<string, KeyObject>;

  private constructor(keys: ReadonlyMap<string, KeyObject>, first: { id: string; key: KeyObject }) {
    this.#keys = keys;
    this.first = first;
  }

  /**
   * Reads keys such as `2026-11:BASE64`, one a line or separated by commas or blanks; what follows a `#` is a comment. A key is
   * 32 bytes in base64, or 64 hex digits.
   *
   * @throws {KeyringError}
   */
  static parse(text: string): Keyring {
    const entries = text
      .split(/\r?\n/)
      .flatMap((line) => line.replace(/#.*$/, "").split(/[\s,]+/))
      .filter((entry) => entry !== "");
    const keys = new Map<string, KeyObject>();
    for (const [at, entry] of entries.entries()) {
      const { id, key } = readEntry(entry, at + 1);
      if (keys.has(id)) throw new KeyringError(`key ${at + 1} has the id ${id}, which another key has already`);
      keys.set(id, key);
    }
    const [first] = keys;
    if (!first) throw new KeyringError("there is no key");
    return new Keyring(keys, { id: first[0], key: first[1] });
  }

  /** In the order of the text. */
  get ids(): string[] {
    return [...this.#keys.keys()];
  }

  find(id: string): KeyObject | undefined {
    return this.#keys.get(id);
  }
}

function readEntry(entry: string, position: number): { id: string; key: KeyObject } {
  const { id, key } = ENTRY.exec(entry)?.groups ?? {};
  // The entry may be a key without an id: no part of it is shown.
  if (id === undefined || key === undefined)
    throw new KeyringError(
      `key ${position} is not ID:KEY; an id is 1 to 32 letters, digits, dots, underscores or hyphens`,
    );
  const bytes = HEX.test(key) ? Buffer.from(key, "hex") : BASE64.test(key) ? Buffer.from(key, "base64") : undefined;
  if (bytes?.length !== KEY_BYTES)
    throw new KeyringError(`key ${position} (${id}) is not 32 bytes in base64; make one with: openssl rand -base64 32`);
  return { id, key: createSecretKey(bytes) };
}
