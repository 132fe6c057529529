import { Output } from "./output.ts";
import type { Places } from "./places.ts";
import type { Settings } from "./settings.ts";

/** The options that every command has. */
export type Common = { json?: boolean; quiet?: boolean };

export const output = (options: Common): Output => new Output(options);

/** Loaded late: `--version` and `--help` need no ledger. */
export async function places(): Promise<Places> {
  const { readPlaces } = await import("./places.ts");
  return readPlaces(process.env);
}

/** Loaded late: only what works with batches needs the Temporal configuration. */
export async function settings(): Promise<Settings> {
  const { readSettings } = await import("./settings.ts");
  return readSettings(process.env);
}
