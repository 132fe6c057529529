// Writes etc/<entry>.api.md from the built declarations. With --check it compares instead, and fails if they differ.
// Usage: node scripts/api-report.ts [--check]
import path from "node:path";
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

const packageFolder = path.resolve(import.meta.dirname, "..");
const isCheck = process.argv.includes("--check");
const ENTRIES = {
  sdk: "index",
  "sdk-credentials": "credentials",
  "sdk-errors": "errors",
  "sdk-node": "node",
  "sdk-opentelemetry": "opentelemetry",
};

const declarations = (entry: string): string => path.join(packageFolder, `dist/${entry}.d.ts`);
const files = Object.values(ENTRIES).map(declarations);

const configurations = Object.entries(ENTRIES).map(([report, entry]) =>
  ExtractorConfig.prepare({
    configObject: {
      projectFolder: packageFolder,
      mainEntryPointFilePath: declarations(entry),
      apiReport: {
        enabled: true,
        reportFileName: report,
        reportFolder: path.join(packageFolder, "etc"),
        reportTempFolder: path.join(packageFolder, "node_modules/.cache/api-report"),
      },
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: "nodenext",
            target: "es2022",
            lib: ["es2023", "dom"],
            strict: true,
            types: ["node"],
          },
          files,
        },
      },
      messages: { extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } } },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(packageFolder, "package.json"),
  }),
);

let isSame = true;
// One program for all entries: compiling takes most of the time.
const [first] = configurations;
const compilerState = first && CompilerState.create(first, { additionalEntryPoints: files });
for (const configuration of configurations) {
  const { apiReportChanged } = Extractor.invoke(configuration, {
    compilerState,
    localBuild: !isCheck,
    messageCallback: (message) => {
      // Its compiler is older than ours and warns about that each time.
      if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
    },
  });
  if (apiReportChanged) isSame = false;
}
if (isCheck && !isSame) {
  console.error(
    "The public API is not what packages/sdk/etc/*.api.md say.\nRun: npx -y pnpm@12 --filter @caselink/sdk run api-report   then commit the result.",
  );
  process.exitCode = 1;
}
