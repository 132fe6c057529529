import { readFile } from "node:fs/promises";
import { parseConfig, SimulatorConfigError } from "./config-schema.ts";
import type { SimulatorConfig } from "./config.ts";

/**
 * Reads a configuration from a JSON file.
 *
 * @throws {SimulatorConfigError} that names the file and the invalid settings.
 */
export async function loadSimulatorConfig(path: string): Promise<SimulatorConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new SimulatorConfigError(`${path}: cannot be read (${reasonOf(error)})`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/u, ""));
  } catch (error) {
    throw new SimulatorConfigError(`${path}: is not JSON (${syntaxReasonOf(error)})`);
  }
  return parseConfig(value, path);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** The parser's message without its quotation of the text, which may contain a secret. */
function syntaxReasonOf(error: unknown): string {
  return reasonOf(error).replace(/,? ?(\.\.\.)?".*$/su, "");
}
