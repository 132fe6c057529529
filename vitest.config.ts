import { defineConfig } from "vitest/config";

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
    testTimeout: 30_000,
  },
});
