import { access, mkdir } from "node:fs/promises";
import { constants } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { InputFormat, PlanPreview, PlanRequest } from "@caselink/ledger";
import { requireInputs } from "../missing-input.ts";
import type { Places } from "../places.ts";

/** The options that `plan` and `run` share, as commander gives them. */
export interface PlanOptions {
  groupId?: string;
  map: Record<string, string>;
  overLimit: "refuse" | "fill";
  maxRate?: number;
  batch?: string;
  /** Milliseconds. */
  giveUpAfter: number;
  format?: InputFormat;
}

/** What the ledger is asked to plan. */
export async function planRequest(
  paths: readonly string[],
  options: PlanOptions,
  endpoint: string,
): Promise<PlanRequest> {
  await requireInputs(paths);
  const inputs: PlanRequest["inputs"] = paths.map((path) => ({
    path,
    ...(options.format && { format: options.format }),
    ...(path === "-" && { stream: process.stdin }),
  }));
  return {
    inputs,
    endpoint,
    overLimit: options.overLimit,
    giveUpAfterMs: options.giveUpAfter,
    map: options.map,
    ...(options.groupId !== undefined && { groupId: options.groupId }),
    ...(options.maxRate !== undefined && { maxRate: options.maxRate }),
    ...(options.batch !== undefined && { id: options.batch }),
  };
}

/**
 * Writes the faulty lines beside the first input, ready to be mended and run again; where that folder cannot be
 * written, in the state folder. Returns the path; undefined where nothing is faulty.
 */
export async function writeRejects(
  plan: PlanPreview,
  paths: readonly string[],
  places: Places,
): Promise<string | undefined> {
  if (plan.faultCount === 0) return undefined;
  const first = (paths.find((path) => path !== "-") ?? "stdin.csv").replace(/\.gz$/i, "");
  const extension = extname(first);
  const name = `${basename(first, extension)}.rejects.${plan.rejectsFormat}`;
  const folder = first === "stdin.csv" ? process.cwd() : dirname(first);
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) await mkdir(places.home, { recursive: true });
  const path = join(isWritable ? folder : places.home, name);
  await plan.writeRejects(path);
  return path;
}
