import type { UserConfig } from "tsdown";

/** What every package of the workspace builds like: ESM, one bundled declaration file, checked as it will be published. */
export const shared = {
  format: "esm",
  platform: "node",
  target: "node22.12",
  dts: true,
  sourcemap: true,
  clean: true,
  fixedExtension: false,
  tsconfig: "./tsconfig.build.json",
  publint: true,
  attw: { profile: "esm-only" },
} satisfies UserConfig;
