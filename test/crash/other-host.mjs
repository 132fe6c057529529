// Preloaded into a process: it seems to run on another machine, whose name is CHAOS_HOST.
import os from "node:os";
import { syncBuiltinESMExports } from "node:module";

const name = process.env.CHAOS_HOST;
if (name) {
  os.hostname = () => name;
  syncBuiltinESMExports();
}
