import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** The built package: what an application bundles. */
const built = path.resolve(import.meta.dirname, "../dist");

/** Size of a bundle with these exports of an entry in bytes, minified and compressed. */
async function sizeOf(names: string[], external: string[] = [], entry = "index"): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names.join(", ")} } from "./${entry}.js";`, resolveDir: built },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    external,
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length;
}

const CLIENT = ["createOsmClient", "staticToken", "isApiError", "isConnectionError", "isArgumentError"];

test("the client without openapi-fetch is at most 9.1 kB", async () => {
  expect(await sizeOf(CLIENT, ["openapi-fetch"])).toBeLessThanOrEqual(9_100);
});

test("the client with openapi-fetch is at most 11.4 kB", async () => {
  expect(await sizeOf(CLIENT)).toBeLessThanOrEqual(11_400);
});

test("the OpenTelemetry hooks without OpenTelemetry's API are at most 1 kB", async () => {
  expect(await sizeOf(["openTelemetryHooks"], ["@opentelemetry/api"], "opentelemetry")).toBeLessThanOrEqual(1_000);
});

const OPTIONAL = [
  "createRateLimiter",
  "signature",
  "iamPassword",
  "ensureAssociations",
  "removeAssociations",
  "logHooks",
  "combineHooks",
  "SITES",
];

test("what is not used adds nothing to the size", async () => {
  const client = await sizeOf(CLIENT);
  for (const name of OPTIONAL) expect(await sizeOf([...CLIENT, name])).toBeGreaterThan(client + 40);
});
