// `pnpm bench NAME`: builds the packages that have changed, then runs bench/NAME.ts.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./ensure-built.ts";

const folder = new URL("../bench/", import.meta.url);
const name = process.argv[2] ?? "";
const script = new URL(`${name}.ts`, folder);
if (!/^[a-z]+$/.test(name) || !existsSync(fileURLToPath(script))) {
  const names = readdirSync(folder).flatMap((file) => /^([a-z]+)\.ts$/.exec(file)?.[1] ?? []);
  console.error(`There is no benchmark "${name}". Available: ${names.join(", ")}`);
  process.exit(2);
}
await ensureBuilt();
process.argv.splice(2, 1);
await import(script.href);
