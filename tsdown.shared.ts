import type { Rolldown, UserConfig } from "tsdown";
import { appendNotices } from "./third-party-notices.ts";

/** Declarations come without maps, because the sources are not packed. The bundler names the maps in them anyway. */
const withoutDeclarationMaps: Rolldown.Plugin = {
  name: "without-declaration-maps",
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle))
      if (file.type === "chunk" && file.fileName.endsWith(".d.ts"))
        file.code = file.code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  },
};

/** The licences of the code of others go where the code goes. */
const withNotices: Rolldown.Plugin = {
  name: "with-notices",
  writeBundle({ dir }, bundle) {
    const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
    if (dir !== undefined) appendNotices(dir, modules);
  },
};

/** What every package of the workspace builds like: ESM, and declarations. `check:packages` checks the result. */
export const shared = {
  format: "esm",
  platform: "node",
  target: "node22.19",
  dts: { sourcemap: false },
  sourcemap: true,
  clean: true,
  fixedExtension: false,
  tsconfig: "./tsconfig.build.json",
  plugins: [withoutDeclarationMaps, withNotices],
} satisfies UserConfig;
