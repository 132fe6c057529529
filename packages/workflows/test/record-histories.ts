// Records the histories of a version, which replay.test.ts replays with the workflows of every later one. Those that are there
// stay: a history is a promise to running batches. CONTRIBUTING.md says when to record.
// Usage: TEMPORAL_ADDRESS=127.0.0.1:7233 npx -y pnpm@12 --filter @caselink/workflows run record-histories [FOLDER]
// FOLDER: where npm has installed the packages of a release; default: the packages of this checkout.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { missingKinds, type HistoryKind } from "./support/history-kinds.ts";
import { useInstalledPackages } from "./support/use-installed-packages.ts";

const address = process.env["TEMPORAL_ADDRESS"];
if (!address) throw new Error("set TEMPORAL_ADDRESS to a Temporal server that may keep the recorded batches");
const installed = process.argv[2] && resolve(process.argv[2]);
if (installed) useInstalledPackages(installed);
// Loaded after the packages are chosen.
const { recordHistories } = await import("./support/record-kinds.ts");

const ownManifest = fileURLToPath(new URL("../package.json", import.meta.url));
const manifest = installed ? join(installed, "node_modules/@caselink/workflows/package.json") : ownManifest;
const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
const folder = new URL(`./histories/${version}/`, import.meta.url);
await mkdir(folder, { recursive: true });
const kinds = missingKinds(await readdir(folder));
for (const kind of kinds) await save(kind);
console.log(`${version}: ${kinds.length > 0 ? `recorded ${kinds.join(", ")}` : "nothing is missing"}`);

async function save(kind: HistoryKind): Promise<void> {
  for (const { name, json } of await recordHistories(address as string, kind))
    await writeFile(new URL(`${kind}.${name}.json`, folder), `${json}\n`);
}
