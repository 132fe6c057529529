// A test runner for Stryker that loads the tests once and runs those that reach a mutant in the same process: a mutant takes
// milliseconds. Stryker's runner for vitest starts a thread and loads all modules for each mutant.
import { registerHooks } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from "@stryker-mutator/api/core";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import {
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
} from "@stryker-mutator/api/test-runner";
import { testsOf } from "./groups.ts";
import { cleanUp, enterFile, registered } from "./registered-tests.ts";

/** A test may take this long, in milliseconds: longer than any takes without a mutant, also on a busy machine. */
const LONGEST_MS = 10_000;
const TEST_MODULE = new URL("./registered-tests.ts", import.meta.url).href;

interface LoadedTest {
  readonly id: string;
  readonly file: string;
  readonly run: () => unknown;
}

class TookTooLongError extends Error {}

class InProcessRunner implements TestRunner {
  readonly #tests = new Map<string, LoadedTest>();
  readonly #context: InstrumenterContext;

  constructor() {
    const all = globalThis as unknown as Record<string, InstrumenterContext | undefined>;
    this.#context = all[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: false };
  }

  async init(): Promise<void> {
    // What a mutant leaves behind must not end the process.
    process.on("unhandledRejection", () => undefined);
    process.on("uncaughtException", () => undefined);
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === "vitest" && context.parentURL !== TEST_MODULE
          ? { url: TEST_MODULE, shortCircuit: true }
          : next(specifier, context),
    });
    for (const path of testsOf(process.env["CASELINK_MUTATION_GROUP"] ?? "")) {
      const file = resolve(path);
      enterFile(file);
      await import(pathToFileURL(file).href);
    }
    for (const { file, title, run: body } of registered) {
      const id = `${file}#${title}`;
      const run = async (): Promise<void> => {
        try {
          await body();
        } finally {
          await cleanUp();
        }
      };
      this.#tests.set(id, { id, file, run });
    }
  }

  async dryRun(): Promise<DryRunResult> {
    const tests: TestResult[] = [];
    for (const test of this.#tests.values()) {
      this.#context.currentTestId = test.id;
      const startedAt = performance.now();
      const error = await runWithin(test.run, 60_000);
      const timeSpentMs = performance.now() - startedAt;
      const result = { id: test.id, name: test.id, fileName: test.file, timeSpentMs };
      tests.push(
        error === undefined
          ? { ...result, status: TestStatus.Success }
          : { ...result, status: TestStatus.Failed, failureMessage: inspect(error) },
      );
    }
    delete this.#context.currentTestId;
    const { mutantCoverage = { static: {}, perTest: {} } } = this.#context;
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRunOptions): Promise<MutantRunResult> {
    const context = this.#context;
    context.activeMutant = activeMutant.id;
    context.hitCount = 0;
    if (hitLimit === undefined) delete context.hitLimit;
    else context.hitLimit = hitLimit;
    try {
      let nrOfTests = 0;
      for (const id of testFilter ?? this.#tests.keys()) {
        const test = this.#tests.get(id);
        if (!test) throw new Error(`there is no test ${id}`);
        nrOfTests++;
        const error = await runWithin(test.run, LONGEST_MS);
        const hasLooped = hitLimit !== undefined && (context.hitCount ?? 0) > hitLimit;
        if (hasLooped || error instanceof TookTooLongError)
          return { status: MutantRunStatus.Timeout, reason: hasLooped ? "it loops" : `${id} does not end` };
        if (error !== undefined)
          return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage: inspect(error), nrOfTests };
      }
      return { status: MutantRunStatus.Survived, nrOfTests };
    } finally {
      delete context.activeMutant;
    }
  }
}

/** The error of a test; undefined if it passes. */
async function runWithin(run: () => unknown, milliseconds: number): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TookTooLongError()), milliseconds);
  try {
    await Promise.race([run(), promise]);
    return undefined;
  } catch (error) {
    return error ?? new Error("it failed with undefined");
  } finally {
    clearTimeout(timer);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", InProcessRunner)];
