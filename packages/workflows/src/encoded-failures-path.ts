import { fileURLToPath } from "node:url";

/** The built `encryption/encoded-failures.ts`. This file must stay one folder below the package: `dist` runs it too. */
export const encodedFailuresPath = fileURLToPath(new URL("../dist/encoded-failures.js", import.meta.url));
