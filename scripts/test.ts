// Every test there is: `npx -y pnpm@12 test [vitest options and filters]`. The last line sums up.
import { fileURLToPath } from "node:url";
import { parseCLI, startVitest, type Vitest } from "vitest/node";
import { findTemporalCli } from "../packages/cli/src/local/find-temporal-cli.ts";
import { ensureBuilt } from "./ensure-built.ts";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** A test, file or hook that failed, and the message of its error. */
interface Failure {
  name: string;
  reason: string | undefined;
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
  const failures = listFailures(vitest);
  const count = { ...countOutcomes(vitest), failed: failures.length };
  await vitest.close();
  // Once more at the end, where the last lines of a long run are read.
  if (failures.length > 0) console.log();
  for (const { name, reason } of failures) console.log(`FAIL ${name}: ${reason?.split("\n")[0] ?? "no reason given"}`);
  if (count.failed > 0) return count;
  if (count.passed === 0) console.log("\nNo test ran.");
  // Coverage thresholds and the like: no test failed, and yet vitest says that the run did.
  else if (process.exitCode) console.log("\nVitest reports a failure that is not one of a test; see above.");
  else return count;
  return { ...count, failed: 1 };
}

function countOutcomes({ state }: Vitest): Omit<Count, "failed"> {
  const count = { passed: 0, skipped: 0 };
  for (const module of state.getTestModules())
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") count.passed += 1;
      else if (state !== "failed") count.skipped += 1;
    }
  return count;
}

/** A file that cannot be loaded, a hook that fails and an error outside of any test are one failure each. */
function listFailures({ state }: Vitest): Failure[] {
  const failures: Failure[] = state
    .getUnhandledErrors()
    .map((error) => ({ name: "outside of the tests", reason: (error as Partial<Error>).message }));
  for (const module of state.getTestModules()) {
    const file = `${module.project.name} ${module.relativeModuleId}`;
    for (const { message } of module.errors()) failures.push({ name: file, reason: message });
    for (const suite of module.children.allSuites())
      for (const { message } of suite.errors()) failures.push({ name: `${file} > ${suite.fullName}`, reason: message });
    for (const test of module.children.allTests("failed"))
      failures.push({ name: `${file} > ${test.fullName}`, reason: test.result().errors?.[0]?.message });
  }
  return failures;
}
