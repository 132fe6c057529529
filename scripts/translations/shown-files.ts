/** The modules with texts for the users of the command. */
export const SHOWN = {
  all: [
    "packages/cli/src/**/*.ts",
    "packages/common/src/*.ts",
    // Their reasons are put together from parts, which are no messages by themselves.
    "packages/ledger/src/*.ts",
    "packages/ledger/src/{batch,chunk,files,follow-up,page,plan,store}/**/*.ts",
    "packages/ledger/src/report/{charts,html-report,outcome-meanings,page-*,reason-table,swatch}.ts",
    "apps/worker/src/{account,explain-temporal-failure}.ts",
    "packages/sdk/src/**/*.ts",
    "packages/workflows/src/**/*.ts",
  ],
  messages: ["packages/ledger/src/**/*.ts", "apps/worker/src/**/*.ts"],
} as const;
