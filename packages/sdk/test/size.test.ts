import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** The built package: what an application bundles. */
const built = path.resolve(import.meta.dirname, "../dist");

/** Size of a bundle with these exports in bytes, minified and compressed. */
async function sizeOf(names: string[], external: string[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names.join(", ")} } from "./index.js";`, resolveDir: built },
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

test("the client without openapi-fetch is at most 6.6 kB", async () => {
  expect(await sizeOf(CLIENT, ["openapi-fetch"])).toBeLessThanOrEqual(6_600);
});

test("the client with openapi-fetch is at most 8.9 kB", async () => {
  expect(await sizeOf(CLIENT)).toBeLessThanOrEqual(8_900);
});

test("functions that are not used add nothing to the size", async () => {
  const client = await sizeOf(CLIENT);
  for (const name of ["createRateLimiter", "signature", "iamPassword", "ensureAssociations", "logHooks"])
    expect(await sizeOf([...CLIENT, name])).toBeGreaterThan(client + 100);
});
