// Writes etc/<entry>.api.md from the built declarations. With --check it compares instead, and fails if they differ.
// Usage: node scripts/api-report.ts [--check]
import path from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

const packageFolder = path.resolve(import.meta.dirname, "..");
const isCheck = process.argv.includes("--check");
const ENTRIES = { sdk: "index", "sdk-credentials": "credentials", "sdk-errors": "errors", "sdk-node": "node" };

let isSame = true;
for (const [report, entry] of Object.entries(ENTRIES)) {
  const configuration = ExtractorConfig.prepare({
    configObject: {
      projectFolder: packageFolder,
      mainEntryPointFilePath: path.join(packageFolder, `dist/${entry}.d.ts`),
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
          files: [path.join(packageFolder, `dist/${entry}.d.ts`)],
        },
      },
      messages: { extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } } },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(packageFolder, "package.json"),
  });
  const { apiReportChanged } = Extractor.invoke(configuration, {
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
