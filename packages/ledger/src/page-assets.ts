import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { LedgerError } from "./ledger-error.ts";

/**
 * The output of `build-page.ts`. The path is right both from `src` and from `dist`, so this file must stay at the top.
 */
const assetsUrl = new URL("../dist/report-page.json", import.meta.url);

/** The script and the style of the HTML report, with the hashes by which its security policy allows only these. */
export interface PageAssets {
  style: string;
  script: string;
  /** In the form of a content security policy. */
  styleHash: string;
  scriptHash: string;
}

export async function readPageAssets(): Promise<PageAssets> {
  const text = await readFile(assetsUrl, "utf8").catch((cause: unknown) => {
    throw new LedgerError("storage", "The report's page is missing: the package was not built.", { cause });
  });
  // The build wrote it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { style, script } = JSON.parse(text) as { style: string; script: string };
  return { style, script, styleHash: hashOf(style), scriptHash: hashOf(script) };
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
