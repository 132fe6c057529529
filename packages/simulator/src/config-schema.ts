import { Ajv2020, type ErrorObject, type SchemaObject } from "ajv/dist/2020.js";
import { FIXED_SETTINGS, type SimulatorConfig } from "./config.ts";
import { FAULTS, isFaultOf, type ScriptedFault } from "./fault.ts";
import { OPERATIONS, type Operation } from "./operation.ts";

const wholeNumber = { type: "integer", minimum: 0 };
const text = { type: "string", minLength: 1 };
const ticketPattern = {
  anyOf: [
    { type: "string", format: "regex" },
    { type: "array", items: text },
  ],
};

function closedObject(properties: Record<string, SchemaObject>, required: readonly string[] = []): SchemaObject {
  return { type: "object", properties, required: [...required], additionalProperties: false };
}

/** These properties, whatever else there is. */
function having(...names: readonly string[]): SchemaObject {
  return { properties: Object.fromEntries(names.map((name) => [name, {}])), required: [...names] };
}

function faultsOf(operation: Operation): readonly string[] {
  return FAULTS.filter((fault) => isFaultOf(operation, fault));
}

function faultRates(operation: Operation): SchemaObject {
  const probability = { type: "number", minimum: 0, maximum: 1 };
  const properties = Object.fromEntries(faultsOf(operation).map((fault) => [fault, probability]));
  return { ...closedObject(properties), sumAtMostOne: true };
}

const settings = {
  port: { type: "integer", minimum: 0, maximum: 65_535 },
  host: text,
  seed: { type: "integer" },
  latencyMs: { type: "number", minimum: 0 },
  jitterMs: { type: "number", minimum: 0 },
  slowMs: { type: "number", minimum: 0 },
  writeAt: { enum: ["arrival", "answer"] },
  limitEnforced: { type: "boolean" },
  atomic: { type: "boolean" },
  semantics: { enum: ["add", "replace"] },
  duplicate: { enum: ["ok", "error"] },
  success: { enum: ["empty-object", "empty-fields", "no-body"] },
  symmetric: { type: "boolean" },
  readLagMs: { type: "number", minimum: 0 },
  faults: closedObject(Object.fromEntries(OPERATIONS.map((operation) => [operation, faultRates(operation)]))),
  rateLimit: {
    ...closedObject({
      perSecond: { type: "integer", minimum: 1 },
      requests: { type: "integer", minimum: 1 },
      window: { type: "string", pattern: "^[1-9][0-9]* (second|minute|hour|day)$" },
      each: { type: "array", items: { enum: ["operation", "user", "address"] }, uniqueItems: true },
      hint: { enum: ["none", "retry-after", "message"] },
      status: { enum: [200, 429] },
    }),
    anyOf: [having("perSecond"), having("requests", "window")],
    nullable: true,
  },
  suspended: { type: "boolean" },
  outage: {
    ...closedObject(
      {
        afterRequests: wholeNumber,
        forMs: { type: "number", minimum: 0 },
        kind: { enum: ["reset", "503", "hang"] },
      },
      ["afterRequests", "forMs", "kind"],
    ),
    nullable: true,
  },
  authentication: { type: "boolean" },
  tokenLifetimeMs: { type: "number", minimum: 0 },
  users: {
    type: "array",
    items: closedObject({ name: text, password: text, domain: text, unknownTickets: ticketPattern }, [
      "name",
      "password",
      "domain",
    ]),
  },
  tokens: { type: "array", items: text },
  keys: {
    type: "array",
    items: closedObject({ accessKey: text, secretKey: text, securityToken: text }, ["accessKey", "secretKey"]),
  },
  keyLock: {
    ...closedObject({ afterRejections: { type: "integer", minimum: 1 }, forMs: { type: "number", minimum: 0 } }, [
      "afterRejections",
      "forMs",
    ]),
    nullable: true,
  },
  unknownTickets: ticketPattern,
  forbiddenTickets: ticketPattern,
  tickets: { type: "object", additionalProperties: { type: "array", items: text, uniqueItems: true } },
  journalLimit: { type: "integer", minimum: 1 },
} satisfies Record<keyof SimulatorConfig, SchemaObject>;

/** The JSON Schema (2020-12) of a configuration. */
export const configSchema: SchemaObject = closedObject(settings);

const scriptedFaultSchema: SchemaObject = {
  ...closedObject(
    {
      operation: { enum: [...OPERATIONS] },
      fault: { enum: [...FAULTS] },
      ticket: text,
      times: { type: "integer", minimum: 1 },
    },
    ["operation", "fault"],
  ),
  if: { properties: { operation: { const: "token" } } },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { properties: { fault: { enum: faultsOf("token") } } },
};

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true });
ajv.addFormat("regex", { type: "string", validate: isRegularExpression });
ajv.addKeyword({ keyword: "sumAtMostOne", type: "object", schemaType: "boolean", validate: sumsToOneAtMost });
const checkConfig = ajv.compile<SimulatorConfig>(configSchema);
const checkScriptedFault = ajv.compile<ScriptedFault>(scriptedFaultSchema);

/** A setting is unknown, or has an invalid type or value. The message names every such setting. */
export class SimulatorConfigError extends Error {
  override readonly name = "SimulatorConfigError";
}

/**
 * Returns `value` as a configuration.
 *
 * @param source Where the value comes from, for the message: a file, a request.
 * @throws {SimulatorConfigError} that names every invalid setting.
 */
export function parseConfig(value: unknown, source = "simulator configuration"): SimulatorConfig {
  if (checkConfig(value)) return value;
  throw new SimulatorConfigError(describeErrors(source, checkConfig.errors ?? []));
}

/** Like `parseConfig`, for a running simulator. */
export function parseConfigChange(value: unknown, source = "simulator configuration"): SimulatorConfig {
  const change = parseConfig(value, source);
  const fixed = FIXED_SETTINGS.filter((setting) => change[setting] !== undefined);
  if (fixed.length === 0) return change;
  throw new SimulatorConfigError(`${source}: ${fixed.join(", ")} cannot be changed while the simulator runs`);
}

/** @throws {SimulatorConfigError} */
export function parseScriptedFault(value: unknown): ScriptedFault {
  if (checkScriptedFault(value)) return value;
  throw new SimulatorConfigError(describeErrors("scripted fault", checkScriptedFault.errors ?? []));
}

function describeErrors(source: string, errors: readonly ErrorObject[]): string {
  const lines = errors.filter((error) => !isPartOfAnother(error)).map(describeError);
  return `${source}: ${[...new Set(lines)].join("; ")}`;
}

/** Another error says the same for all alternatives together. */
function isPartOfAnother({ keyword, schemaPath }: ErrorObject): boolean {
  return keyword === "if" || (keyword === "required" && schemaPath.includes("/anyOf/"));
}

function describeError(error: ErrorObject): string {
  const at = error.instancePath.slice(1).replaceAll("/", ".");
  const subject = at === "" ? "it" : at;
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(error.params["additionalProperty"]);
      const known = Object.keys(error.parentSchema?.["properties"] ?? {});
      return `${at === "" ? key : `${at}.${key}`} is not a setting (known here: ${known.join(", ")})`;
    }
    case "required":
      return `${subject} needs ${String(error.params["missingProperty"])}`;
    case "enum":
      return `${subject} must be one of ${JSON.stringify(error.schema).slice(1, -1).replaceAll(",", ", ")}`;
    case "sumAtMostOne":
      return `${subject} has probabilities that add up to more than 1`;
    case "anyOf":
      if (at === "rateLimit") return "rateLimit needs perSecond, or requests and window";
      return `${subject} must be a regular expression's source or a list of tickets`;
    default:
      // The message never contains a value: passwords and keys are settings, too.
      return `${subject} ${error.message ?? "is wrong"}`;
  }
}

function isRegularExpression(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

function sumsToOneAtMost(_schema: boolean, rates: Record<string, unknown>): boolean {
  let sum = 0;
  for (const rate of Object.values(rates)) sum += typeof rate === "number" ? rate : 0;
  return sum <= 1 + 1e-9;
}
