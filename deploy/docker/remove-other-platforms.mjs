// Removes Temporal's compiled core for all platforms but this one: 150 MB. The argument is the folder of the installation.
import { globSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const [installation = "."] = process.argv.slice(2);
const architecture = { x64: "x86_64", arm64: "aarch64" }[process.arch];
const own = `${architecture}-unknown-linux-gnu`;
const [releases] = globSync("node_modules/.pnpm/*/node_modules/@temporalio/core-bridge/releases", {
  cwd: installation,
});
const folder = join(installation, releases ?? "missing");
const platforms = readdirSync(folder);
if (!platforms.includes(own)) throw new Error(`${folder} has ${platforms.join(", ")}, and not ${own}`);
for (const platform of platforms) if (platform !== own) rmSync(join(folder, platform), { recursive: true });
