// The command-line tool from the checkout: builds what has changed, then becomes the tool.
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureBuilt } from "./ensure-built.ts";

const main = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const { stderr } = process;

// Only the tool's own output may stay: the line is for who waits at a terminal, and vanishes.
await ensureBuilt({
  onBuild: (phase) => stderr.isTTY && stderr.write(phase === "building" ? "Building caselink ..." : "\r\u001B[K"),
}).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});

// In this process, so that signals and the exit status need no passing on.
process.argv[1] = main;
await import(pathToFileURL(main).href);
