// Preloaded into a process: leaves the addresses of all modules that it loaded in the file CASELINK_TEST_LOADED.
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

const loaded = new Set();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
process.on("exit", () => {
  const { sharedObjects } = process.report.getReport();
  writeFileSync(process.env.CASELINK_TEST_LOADED, [...loaded, ...sharedObjects].join("\n"));
});
