// Bundles the report's page at build time, as the last step of the build: one script and one style, which every HTML
// report holds.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { appendNotices } from "../../third-party-notices.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { outputFiles, metafile } = await build({
  entryPoints: [at("./src/page/main.ts"), at("./src/page/page.css")],
  outdir: at("./dist"),
  bundle: true,
  write: false,
  minify: true,
  format: "iife",
  platform: "browser",
  // Two years of browsers; all of them know the dialog element and `:has`.
  target: ["chrome115", "firefox121", "safari16.4"],
  legalComments: "inline",
  metafile: true,
});
const textOf = (ending: string): string => {
  const file = outputFiles.find(({ path }) => path.endsWith(ending));
  if (!file) throw new Error(`the page has no ${ending}`);
  // A script or style must not contain a text that ends its element.
  if (/<\/(?:script|style)|<!--/i.test(file.text))
    throw new Error(`${ending} contains a text that would end its element`);
  return file.text.trim();
};
const assets = { script: textOf(".js"), style: textOf(".css") };
await writeFile(at("./dist/report-page.json"), JSON.stringify(assets));
appendNotices(
  at("./dist"),
  Object.keys(metafile.inputs).map((path) => resolve(path)),
);
