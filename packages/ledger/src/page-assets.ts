import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { LedgerError } from "./ledger-error.ts";

/** What the build made of `page/`: the same file in a checkout and in the package. */
const assetsUrl = new URL("../dist/report-page.json", import.meta.url);

/** The code and the style of the report's page, with the hashes by which the page lets nothing else run. */
export interface PageAssets {
  style: string;
  script: string;
  /** As a content security policy has them. */
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
