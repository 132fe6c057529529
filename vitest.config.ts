import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

/** Ends a test that hangs. No test may need most of it, on any machine: what is quick is measured in `bench/`. */
const SAFETY_NET_MS = 600_000;

export default defineConfig({
  resolve: { conditions: ["@caselink/source"] },
  ssr: { resolve: { conditions: ["@caselink/source"] } },
  test: {
    include: [
      "packages/*/{src,test}/**/*.test.ts",
      "apps/*/{src,test}/**/*.test.ts",
      "openapi/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    globalSetup: ["test/temporal-server.ts"],
    pool: "forks",
    // Most files wait most of the time: for a server's timers, for processes, for an outage to end.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    testTimeout: SAFETY_NET_MS,
    hookTimeout: SAFETY_NET_MS,
    expect: { poll: { timeout: SAFETY_NET_MS } },
  },
});
