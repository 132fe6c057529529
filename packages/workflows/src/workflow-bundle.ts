import { fileURLToPath } from "node:url";

/** The bundled workflows, written by the build. This file must stay one folder below the package: `dist` runs it too. */
export const workflowBundlePath = fileURLToPath(new URL("../dist/workflow-bundle.js", import.meta.url));
