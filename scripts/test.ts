// Every test there is: `npx -y pnpm@12 test [vitest options and filters]`. The last line sums up.
import { fileURLToPath } from "node:url";
import { parseCLI, startVitest, type TestModule, type TestSuite, type Vitest } from "vitest/node";
import { findTemporalCli } from "../packages/cli/src/local/find-temporal-cli.ts";
import { ensureBuilt } from "./ensure-built.ts";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const count = await runTests(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return { passed: 0, failed: 1, skipped: 0 };
});
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
// Not left to the event loop: something that a test left open must not keep the command from ending.
process.exit(count.failed > 0 ? 1 : 0);

async function runTests(args: string[]): Promise<Count> {
  const { filter, options } = parseCLI(["vitest", "run", ...args]);
  const { env } = process;
  // Each test file has a process, and each worker a thread, that loads Temporal's modules.
  env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../node_modules/.cache/caselink/node", import.meta.url));
  // The tests, and the programs they start, need not look for it again.
  if (!env["CASELINK_TEST_NO_TEMPORAL"])
    env["CASELINK_TEMPORAL_CLI"] = await findTemporalCli({ env, log: console.log });
  await ensureBuilt({ onBuild: (phase) => phase === "building" && console.log("Building the packages ...") });

  const vitest = await startVitest("test", filter, { ...options, watch: false, run: true });
  const count = countOutcomes(vitest);
  await vitest.close();
  if (count.failed > 0) return count;
  if (count.passed === 0) console.log("\nNo test ran.");
  // Coverage thresholds and the like: no test failed, and yet vitest says that the run did.
  else if (process.exitCode) console.log("\nVitest reports a failure that is not one of a test; see above.");
  else return count;
  return { ...count, failed: 1 };
}

/** A file that cannot be loaded, a hook that fails and an error outside of any test count as one failure each. */
function countOutcomes({ state }: Vitest): Count {
  const count = { passed: 0, failed: state.getUnhandledErrors().length, skipped: 0 };
  for (const module of state.getTestModules()) {
    count.failed += countSuiteErrors(module);
    for (const suite of module.children.allSuites()) count.failed += countSuiteErrors(suite);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed" || state === "failed") count[state] += 1;
      else count.skipped += 1;
    }
  }
  return count;
}

function countSuiteErrors(suite: TestModule | TestSuite): number {
  return suite.errors().length;
}
