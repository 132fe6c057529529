import { hasKnownEnding, type InputFormat, type PlanRequest } from "@caselink/ledger";
import { requireInputs } from "./require-files.ts";
import type { InputStream } from "../output.ts";
import { pathOf, type BaseSettings } from "../settings.ts";

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
  host: Pick<BaseSettings, "cwd">,
  stdin: InputStream,
): Promise<PlanRequest> {
  await requireInputs(paths, host);
  // Beside standard input, which has no name, the form is meant for that.
  const isForAll = !paths.includes("-");
  const inputs: PlanRequest["inputs"] = paths.map((path) => ({
    path: path === "-" ? path : pathOf(host, path),
    ...(path !== "-" && { name: path }),
    ...(options.format && (isForAll || path === "-" || !hasKnownEnding(path)) && { format: options.format }),
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
    ...(options.batch !== undefined && { id: options.batch }),
  };
}
