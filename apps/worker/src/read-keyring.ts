import { readFileSync } from "node:fs";
import { Keyring, KeyringError } from "@caselink/workflows";
import { ConfigError, type Environment } from "./config.ts";

const FILE = "CASELINK_ENCRYPTION_KEY_FILE";
const VARIABLE = "CASELINK_ENCRYPTION_KEYS";

/**
 * Reads the keys for what Temporal stores of batches, from a file or a variable. Undefined: it is not encrypted.
 *
 * @throws {ConfigError} without any part of a key
 */
export function readKeyring(env: Environment): Keyring | undefined {
  const file = env[FILE];
  const keys = env[VARIABLE];
  if (file && keys) throw new ConfigError(`${FILE} and ${VARIABLE} are both set: unset one`);
  if (file) return parse(readKeyFile(file), `${file} (${FILE})`);
  return keys ? parse(keys, VARIABLE) : undefined;
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${FILE} names ${file}, which cannot be read (${code ?? String(error)})`, { cause: error });
  }
}

function parse(text: string, place: string): Keyring {
  try {
    return Keyring.parse(text);
  } catch (error) {
    throw error instanceof KeyringError ? new ConfigError(`${place}: ${error.message}`) : error;
  }
}
