// Preloaded into a process: writes its heap limit and the URLs of all loaded modules to the file CASELINK_TEST_LOADED.
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { getHeapStatistics } from "node:v8";

const loaded = new Set();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
process.on("exit", () => {
  const { sharedObjects } = process.report.getReport();
  writeFileSync(
    process.env.CASELINK_TEST_LOADED,
    [`heap ${getHeapStatistics().heap_size_limit}`, ...loaded, ...sharedObjects].join("\n"),
  );
});
