import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import * as sdk from "../src/index.ts";
import type { Association, CallFacts, ErrorClass, OsmClient, OsmClientOptions, ResponseBody } from "../src/index.ts";
import { apiErrorOf, argumentErrorOf, connectionErrorOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer } from "./support/local-server.ts";

const source = path.resolve(import.meta.dirname, "../src");

/** The modules that a module imports, including itself. */
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

test("openapi-fetch is behind one file, and none of its types are public", async () => {
  const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const importers = [];
  for (const name of files)
    if (/from "openapi-(?:fetch|typescript)/.test(await readFile(path.join(source, name), "utf8")))
      importers.push(name);
  expect(importers).toEqual(["plain-request.ts"]);
  const reports = path.resolve(source, "../etc");
  for (const name of await readdir(reports))
    expect(await readFile(path.join(reports, name), "utf8")).not.toMatch(/from 'openapi-/);
});

test("finding credentials loads no transport", async () => {
  const outside = [...(await closure("credentials.ts")).values()].flat().filter((name) => !name.startsWith("./"));
  expect([...new Set(outside)].sort()).toEqual(["node:fs", "node:os", "node:path", "openapi-fetch"]);
});

test("the OpenTelemetry entry needs only OpenTelemetry's API, and no client", async () => {
  const modules = await closure("opentelemetry.ts");
  expect([...new Set([...modules.values()].flat().filter((name) => !name.startsWith("./")))]).toEqual([
    "@opentelemetry/api",
  ]);
  expect([...modules.keys()]).not.toContain("osm-client.ts");
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
    "LongWaitError",
    "OsmError",
    "RELATED_ID_MAX_LENGTH",
    "SITES",
    "TICKET_ID_MAX_LENGTH",
    "combineHooks",
    "createOsmClient",
    "createRateLimiter",
    "ensureAssociations",
    "iamPassword",
    "isApiError",
    "isArgumentError",
    "isConnectionError",
    "isOsmError",
    "logHooks",
    "removeAssociations",
    "signature",
    "staticToken",
    "tokenProvider",
    "withResponse",
  ]);
});

test("the limits are those of the document", () => {
  expect(sdk.ASSOCIATIONS_PER_TICKET).toBe(3);
  expect([sdk.TICKET_ID_MAX_LENGTH, sdk.RELATED_ID_MAX_LENGTH, sdk.GROUP_ID_MAX_LENGTH]).toEqual([64, 32, 64]);
});

/** An error like that of another copy of the package. */
function foreign(name: string): object {
  return { [Symbol.for("@caselink/sdk/OsmError")]: true, name };
}

test("guards recognise errors of another copy of the package and distinguish the three classes", () => {
  const guards = {
    ApiError: sdk.isApiError,
    ConnectionError: sdk.isConnectionError,
    ArgumentError: sdk.isArgumentError,
  };
  for (const [name, guard] of Object.entries(guards))
    for (const other of Object.keys(guards)) expect(guard(foreign(other))).toBe(name === other);
  for (const name of Object.keys(guards)) expect(sdk.isOsmError(foreign(name))).toBe(true);
  for (const guard of [...Object.values(guards), sdk.isOsmError]) {
    expect(guard(new Error("plain"))).toBe(false);
    expect(guard(null)).toBe(false);
  }
});

test("guards recognise errors of a real second copy: the built package", async () => {
  const built = path.resolve(import.meta.dirname, "../dist/index.js");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const copy = (await import(built)) as typeof sdk;
  expect(copy.ApiError).not.toBe(sdk.ApiError);
  await using server = await startLocalServer({ body: { error_code: "OSM.01010043" } });
  const make = (endpoint: string) => copy.createOsmClient({ endpoint, auth: copy.staticToken("t"), retries: 0 });
  const refusal = await apiErrorOf(make(server.url).listAssociations({ ticketId: "1" }));
  expect(refusal).toMatchObject({ errorClass: "limit" });
  expect(refusal).not.toBeInstanceOf(sdk.ApiError);
  expect(refusal).not.toBeInstanceOf(sdk.OsmError);
  expect(copy.isApiError(refusal)).toBe(true);
  expect(sdk.isOsmError(refusal)).toBe(true);
  const refused = await connectionErrorOf(make(await closedPort()).listAssociations({ ticketId: "1" }));
  expect(refused).toMatchObject({ kind: "refused" });
  expect(sdk.isOsmError(refused)).toBe(true);
  expect(await argumentErrorOf(make(server.url).listAssociations({ ticketId: "" }))).toMatchObject({
    argument: "ticketId",
  });
});

test("types: a response for each status", () => {
  expectTypeOf<ResponseBody<"ListRelation", 200>>().toHaveProperty("case_relation_list");
  expectTypeOf<ResponseBody<"CreateRelations", 429>>().toHaveProperty("error_code");
  // @ts-expect-error no such status is documented
  expectTypeOf<ResponseBody<"CreateRelations", 299>>().toBeAny();
  // @ts-expect-error no such operation
  expectTypeOf<ResponseBody<"CreateTicket", 200>>().toBeAny();
});

/** Never called: only the compiler checks it. */
function misuse(client: OsmClient, error: unknown): ErrorClass {
  // @ts-expect-error an endpoint is required
  sdk.createOsmClient({ auth: sdk.staticToken("t") });
  // @ts-expect-error a way to sign in is required
  sdk.createOsmClient({ endpoint: "https://osm.example.com" });
  // @ts-expect-error one id is no list
  void client.createAssociations({ ticketId: "1", relatedIds: "2" });
  // @ts-expect-error a list takes no group
  void client.listAssociations({ ticketId: "1", groupId: "g" });
  // @ts-expect-error an unknown value is no ApiError before it is looked at
  void error.errorClass;
  // @ts-expect-error facts do not change
  if (sdk.isApiError(error)) error.errorClass = "limit";
  // @ts-expect-error no such class
  const errorClass: ErrorClass = "timeout";
  return errorClass;
}

test("types: what does not compile", () => {
  expect(misuse).toBeTypeOf("function");
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
