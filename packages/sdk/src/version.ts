import packageJson from "../package.json" with { type: "json" };

/** This package's version, which the build copies from package.json. */
export const VERSION = packageJson.version;
