// Runs the command-line tool from the checkout: builds the packages that have changed, then runs the tool in this process.
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureBuilt } from "./ensure-built.ts";

const main = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const { stderr } = process;

// The line is shown only in a terminal and erased after the build, so that only the tool's own output remains.
await ensureBuilt({
  onBuild: (phase) => stderr.isTTY && stderr.write(phase === "building" ? "Building caselink ..." : "\r\u001B[K"),
}).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});

// Runs in this process, so that signals and the exit status need no forwarding.
process.argv[1] = main;
await import(pathToFileURL(main).href);
