import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import * as sdk from "../src/index.ts";
import type { Association, CallFacts, OsmClient, OsmClientOptions } from "../src/index.ts";

const source = path.resolve(import.meta.dirname, "../src");

/** The modules that a module takes in, itself included. */
async function closure(entry: string, seen = new Map<string, string[]>()): Promise<Map<string, string[]>> {
  if (seen.has(entry)) return seen;
  const text = await readFile(path.join(source, entry), "utf8");
  const imports = [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gm)].map(
    (match) => match[1] ?? "",
  );
  seen.set(entry, imports);
  for (const name of imports) if (name.startsWith("./")) await closure(name.slice(2), seen);
  return seen;
}

test("the main entry needs nothing but openapi-fetch: no Node builtin, no undici", async () => {
  const modules = await closure("index.ts");
  const outside = [...modules.values()].flat().filter((name) => !name.startsWith("./"));
  expect([...new Set(outside)]).toEqual(["openapi-fetch"]);
});

test("the API's own names are in the mapping module and in generated code only", async () => {
  const files = (await readdir(source)).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const offenders = [];
  for (const name of files) {
    if (name === "wire-mapping.ts") continue;
    const code = (await readFile(path.join(source, name), "utf8")).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    if (/case_id|related_id|group_id|error_code|error_msg|relations/.test(code)) offenders.push(name);
  }
  expect(offenders).toEqual([]);
});

test("the public names are these", () => {
  expect(Object.keys(sdk).sort()).toEqual([
    "ASSOCIATIONS_PER_TICKET",
    "ApiError",
    "ArgumentError",
    "ConnectionError",
    "GROUP_ID_MAX_LENGTH",
    "RELATED_ID_MAX_LENGTH",
    "TICKET_ID_MAX_LENGTH",
    "createOsmClient",
    "createPace",
    "errorCatalogue",
    "iamPassword",
    "isApiError",
    "isArgumentError",
    "isConnectionError",
    "signature",
    "staticToken",
  ]);
});

test("the limits are those of the document", () => {
  expect(sdk.ASSOCIATIONS_PER_TICKET).toBe(3);
  expect([sdk.TICKET_ID_MAX_LENGTH, sdk.RELATED_ID_MAX_LENGTH, sdk.GROUP_ID_MAX_LENGTH]).toEqual([64, 32, 64]);
});

/** An error as another copy of the package makes it. */
function foreign(name: string): object {
  return { [Symbol.for(`@caselink/sdk/${name}`)]: true };
}

test("guards hold for errors of another copy of the package, and tell the three apart", () => {
  const guards = {
    ApiError: sdk.isApiError,
    ConnectionError: sdk.isConnectionError,
    ArgumentError: sdk.isArgumentError,
  };
  for (const [name, guard] of Object.entries(guards))
    for (const other of Object.keys(guards)) expect(guard(foreign(other))).toBe(name === other);
  for (const guard of Object.values(guards)) {
    expect(guard(new Error("plain"))).toBe(false);
    expect(guard(null)).toBe(false);
  }
});

test("types: the caller's promises", () => {
  expectTypeOf<OsmClient["createAssociations"]>().returns.resolves.toEqualTypeOf<CallFacts>();
  expectTypeOf<OsmClient["listAssociations"]>().returns.resolves.toHaveProperty("associations");
  expectTypeOf<Association>().toEqualTypeOf<{
    readonly ticketId: string;
    readonly description?: string;
    readonly userName?: string;
  }>();
  expectTypeOf(globalThis.fetch).toExtend<NonNullable<OsmClientOptions["fetch"]>>();
  const client: Pick<OsmClient, "createAssociations"> = {
    createAssociations: () => Promise.reject(new Error("unused")),
  };
  // @ts-expect-error a ticket id is required
  client.createAssociations({ relatedIds: ["1"] }).catch(() => {});
});
