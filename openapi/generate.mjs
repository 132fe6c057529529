// Generates code from osm.v2.yaml. Run by `pnpm generate`; with --check it compares and writes nothing.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import openapiTypescript, { astToString } from "openapi-typescript";
import { parse } from "yaml";
import { apiReference } from "./api-reference.mjs";

const DESCRIPTION = "openapi/osm.v2.yaml";
const root = path.resolve(import.meta.dirname, "..");

/** The document with every local `$ref` replaced by its target, so that every schema in it is self-contained. */
function dereference(node, document, trail = []) {
  if (Array.isArray(node)) return node.map((entry) => dereference(entry, document, trail));
  if (node === null || typeof node !== "object") return node;
  if (typeof node.$ref === "string") {
    if (trail.includes(node.$ref)) throw new Error(`${node.$ref} refers to itself; only a tree can be dereferenced.`);
    const target = node.$ref
      .replace(/^#\//, "")
      .split("/")
      .reduce((found, key) => found?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], document);
    if (target === undefined) throw new Error(`${node.$ref} is not in ${DESCRIPTION}.`);
    const { $ref, ...siblings } = node;
    return dereference({ ...target, ...siblings }, document, [...trail, $ref]);
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, dereference(value, document, trail)]));
}

function header(content, hash) {
  return [
    `// ${content}`,
    `// Generated from ${DESCRIPTION} (SHA-256 ${hash}) by \`pnpm generate\`. Do not edit.`,
    "",
    "",
  ].join("\n");
}

/** The codes and limits that the client uses for decisions, and nothing else. */
function catalogue(document) {
  // The client rejects every empty id, and does not check limits that are only documented.
  const checkedLimits = Object.fromEntries(
    Object.entries(document["x-osm-limits"]).filter(([name]) => !/^documented|MinLength$/.test(name)),
  );
  const groups = {};
  for (const [code, entry] of Object.entries(document["x-osm-errors"])) {
    const name = code.startsWith("OSM.") ? code : `${code}:${entry.httpStatus}`;
    const group = `${entry.class} ${entry.executed}`;
    groups[group] = groups[group] === undefined ? name : `${groups[group]} ${name}`;
  }
  return [
    "/**",
    " * The documented codes by error class and execution of a write with this response. The gateway's codes have their",
    " * documented HTTP status.",
    " */",
    `export const codesByMeaning: Readonly<Record<string, string>> = ${JSON.stringify(groups, undefined, 2)};`,
    "",
    "/** Lengths are in characters (code points). */",
    `export const limits = ${JSON.stringify(checkedLimits, undefined, 2)} as const;`,
    "",
  ].join("\n");
}

/** The codes with the vendor's messages. */
function errorCatalogue(document) {
  const errors = Object.fromEntries(
    Object.entries(document["x-osm-errors"]).map(([code, entry]) => [
      code,
      {
        message: entry.message,
        httpStatus: entry.httpStatus,
        errorClass: entry.class,
        execution: entry.executed,
      },
    ]),
  );
  return [
    "/** The documented error codes. `execution` states if a write with this response was executed. */",
    `export const errorCatalogue = ${JSON.stringify(errors, undefined, 2)} as const;`,
    "",
  ].join("\n");
}

async function generate() {
  const source = await readFile(path.join(root, DESCRIPTION), "utf8");
  const hash = createHash("sha256").update(source).digest("hex");
  const document = parse(source);
  const types = astToString(await openapiTypescript(source, { alphabetize: false, defaultNonNullable: false }));
  const complete = dereference(document, document);
  const plain = JSON.stringify(complete, undefined, 2);
  return new Map([
    ["packages/sdk/src/generated/osm.ts", header("The API's requests and responses as types.", hash) + types],
    [
      "packages/sdk/src/generated/catalogue.ts",
      header("The API's error codes and limits.", hash) + catalogue(document),
    ],
    [
      "packages/sdk/src/generated/error-catalogue.ts",
      header("The API's error codes with their documented messages.", hash) + errorCatalogue(document),
    ],
    ["packages/simulator/src/generated/osm.ts", header("The API's requests and responses as types.", hash) + types],
    [
      "packages/simulator/src/generated/osm-document.ts",
      header(
        "The description as an object without references: every schema in it is self-contained (JSON Schema 2020-12).",
        hash,
      ) + `export const osmDocument = ${plain};\n`,
    ],
    ["docs/api.md", apiReference(complete, { description: DESCRIPTION, hash })],
  ]);
}

const isCheck = process.argv.includes("--check");
for (const [file, content] of await generate()) {
  const target = path.join(root, file);
  const present = await readFile(target, "utf8").catch(() => undefined);
  if (present === content) continue;
  if (isCheck) {
    console.error(`${file} does not match ${DESCRIPTION}.\nRun: pnpm generate   then commit the result.`);
    process.exitCode = 1;
    continue;
  }
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, content);
  console.log(`wrote ${file}`);
}
