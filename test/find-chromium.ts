import { access } from "node:fs/promises";
import path from "node:path";

/** A Chromium of this machine; undefined where there is none. */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env["CHROMIUM_PATH"];
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const candidates = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].flatMap((name) =>
    folders.map((folder) => path.join(folder, name)),
  );
  for (const candidate of named ? [named] : candidates)
    if (
      await access(candidate).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  return undefined;
}

export const NO_CHROMIUM = "there is no Chromium on the PATH, and CHROMIUM_PATH is not set";
