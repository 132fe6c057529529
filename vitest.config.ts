import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

/** Ends a test that hangs. No test may need most of it, on any machine: what is quick is measured in `bench/`. */
const SAFETY_NET_MS = 600_000;

/** The files whose tests need no Temporal server. */
const WITHOUT_TEMPORAL = [
  "{apps,openapi}/**/*.test.ts",
  "packages/{common,ledger,sdk,simulator}/{src,test}/**/*.test.ts",
  "packages/cli/src/{check,cluster,codec,commands,completion,doctor,help,language,screen,verify}/**/*.test.ts",
  "packages/cli/src/{program,engine/run-all,engine/connect-client}.test.ts",
  "packages/cli/src/local/{file-lock,install-from-pypi,keep-temporal-alive,stop-process}.test.ts",
  "packages/workflows/src/**/*.test.ts",
  "packages/workflows/test/{chunk*,sign-in,simulation/*}.test.ts",
  "spec/*.test.ts",
  "test/*.test.ts",
];

/** The suites of the engine that run on the development server, and again on a cluster. */
const ON_A_CLUSTER = [
  "packages/workflows/test/{accounts,batch*,failed-tasks,idle-lanes,may-begin,operator,rejections,search-attributes,symmetric,unreplayable}.test.ts",
  "test/cluster/*.test.ts",
];

export default defineConfig({
  resolve: { conditions: ["@caselink/source"] },
  ssr: { resolve: { conditions: ["@caselink/source"] } },
  test: {
    pool: "forks",
    // Whatever the locale of the machine: the tests compare English texts.
    env: { CASELINK_LANG: "en" },
    // Most files wait most of the time: for a server's timers, for processes, for an outage to end.
    maxWorkers: 3 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    testTimeout: SAFETY_NET_MS,
    hookTimeout: SAFETY_NET_MS,
    expect: { poll: { timeout: SAFETY_NET_MS } },
    projects: [
      {
        extends: true,
        test: {
          name: "engine",
          include: ["{packages,apps}/*/{src,test}/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...WITHOUT_TEMPORAL, "test/cluster/**"],
          globalSetup: ["test/temporal-server.ts"],
        },
      },
      // Temporal's server with PostgreSQL, and a ledger in object storage: each in a process of its own.
      {
        extends: true,
        test: {
          name: "cluster",
          include: ON_A_CLUSTER,
          globalSetup: ["test/cluster/set-up-cluster.ts"],
          setupFiles: ["test/cluster/use-cluster.ts"],
        },
      },
      // A process runs many of these files, one after the other, and loads the packages once.
      { extends: true, test: { name: "unit", include: WITHOUT_TEMPORAL, isolate: false } },
    ],
  },
});
