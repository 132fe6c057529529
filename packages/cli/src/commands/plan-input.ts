import { hasKnownEnding, type InputFormat, type PlanRequest } from "@caselink/ledger";
import { requireInputs } from "./require-files.ts";
import type { InputStream } from "../output.ts";
import { pathOf, type BaseSettings } from "../settings.ts";

/** The options that `plan` and `run` share, as commander parses them. */
export interface PlanOptions {
  groupId?: string;
  map: Record<string, string>;
  overLimit: "refuse" | "fill";
  maxRate?: number;
  readLag?: number;
  batch?: string;
  /** Milliseconds. */
  giveUpAfter: number;
  format?: InputFormat;
  sheet?: string;
}

/** The request to the ledger for a command line. @throws {InputError} if an input does not exist */
export async function planRequest(
  paths: readonly string[],
  options: PlanOptions,
  endpoint: string,
  host: Pick<BaseSettings, "cwd">,
  stdin: InputStream,
): Promise<PlanRequest> {
  await requireInputs(paths, host);
  // With standard input among the inputs, --format describes that one, as it has no file name.
  const isForAll = !paths.includes("-");
  const inputs: PlanRequest["inputs"] = paths.map((path) => ({
    path: path === "-" ? path : pathOf(host, path),
    ...(path !== "-" && { name: path }),
    ...(options.format && (isForAll || path === "-" || !hasKnownEnding(path)) && { format: options.format }),
    ...(options.sheet !== undefined && { sheet: options.sheet }),
    ...(path === "-" && { stream: stdin }),
  }));
  return {
    inputs,
    endpoint,
    overLimit: options.overLimit,
    giveUpAfterMs: options.giveUpAfter,
    map: options.map,
    ...(options.groupId !== undefined && { groupId: options.groupId }),
    ...(options.maxRate !== undefined && { maxRate: options.maxRate }),
    ...(options.readLag !== undefined && { readLagMs: options.readLag }),
    ...(options.batch !== undefined && { id: options.batch }),
  };
}
