import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Prints the ratios and writes them, with the figures, to `bench/results/<name>.json`. */
export async function writeResult(
  name: string,
  ratios: Record<string, number>,
  figures: Record<string, unknown>,
): Promise<void> {
  const folder = new URL("./results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(
    fileURLToPath(new URL(`${name}.json`, folder)),
    `${JSON.stringify({ name, ratios, figures }, null, 2)}\n`,
  );
  for (const [ratio, value] of Object.entries(ratios)) console.log(`${ratio} ${value.toFixed(3)}`);
}
