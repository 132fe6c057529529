import { access } from "node:fs/promises";
import { constants } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { PlannedBatch, PlanRequest } from "@caselink/ledger";
import { UserError } from "../user-error.ts";
import { parseDuration } from "../screen/format.ts";
import type { Settings } from "../settings.ts";

/** The options that `plan` and `run` share, as commander gives them. */
export interface PlanOptions {
  groupId?: string;
  map: Record<string, string>;
  overLimit: "refuse" | "fill";
  maxRate?: number;
  batch?: string;
  giveUpAfter: string;
  format?: "csv" | "tsv" | "jsonl" | "json";
}

/** Reads and validates the input. Sends nothing; what is planned is not a batch yet. */
export async function planInput(
  paths: readonly string[],
  options: PlanOptions,
  endpoint: string,
  settings: Settings,
): Promise<PlannedBatch> {
  const giveUpAfterMs = parseDuration(options.giveUpAfter);
  if (giveUpAfterMs === undefined) {
    throw new UserError(`--give-up-after takes a duration such as 90m, 24h or 2d, not "${options.giveUpAfter}"`);
  }
  const inputs: PlanRequest["inputs"] = paths.map((path) => ({
    path,
    ...(options.format && { format: options.format }),
    ...(path === "-" && { stream: process.stdin }),
  }));
  return settings.ledger.plan({
    inputs,
    endpoint,
    overLimit: options.overLimit,
    giveUpAfterMs,
    map: options.map,
    ...(options.groupId !== undefined && { groupId: options.groupId }),
    ...(options.maxRate !== undefined && { maxRate: options.maxRate }),
    ...(options.batch !== undefined && { id: options.batch }),
  });
}

/**
 * Writes the faulty lines beside the first input, ready to be mended and run again; where that folder cannot be
 * written, in the state folder. Returns the path; undefined where nothing is faulty.
 */
export async function writeRejects(
  plan: PlannedBatch,
  paths: readonly string[],
  settings: Settings,
): Promise<string | undefined> {
  if (plan.faultCount === 0) return undefined;
  const first = paths.find((path) => path !== "-") ?? "stdin.csv";
  const extension = extname(first);
  const name = `${basename(first, extension)}.rejects${extension || ".csv"}`;
  const folder = first === "stdin.csv" ? process.cwd() : dirname(first);
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  const path = join(isWritable ? folder : settings.home, name);
  await plan.writeRejects(path);
  return path;
}
