import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { osmDocument } from "./generated/osm-document.ts";
import type { components } from "./generated/osm.ts";
import { isRecord } from "./is-record.ts";
import type { Operation } from "./operation.ts";

type Schemas = components["schemas"];

const cases = osmDocument.paths["/v2/servicerequest/cases/{case_id}/relations"];
const documented = {
  create: cases.post,
  list: cases.get,
  delete: cases.delete,
  token: osmDocument.paths["/v3/auth/tokens"].post,
} satisfies Record<Operation, unknown>;

interface DocumentedParameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: AnySchemaObject;
}

interface DocumentedResponse {
  readonly content?: { readonly "application/json"?: { readonly schema: AnySchemaObject } };
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: unknown }>>;
}

const ajv = new Ajv2020({ strict: false, allErrors: false, coerceTypes: false });
ajvFormats.default(ajv);

/** The values of documented parameters, by where they are sent. */
interface ParameterSource {
  readonly path: Readonly<Record<string, unknown>>;
  readonly header: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/** The document's checks of one operation, compiled. They return a description of the error, or undefined. */
export interface WireValidation<Body = unknown> {
  checkParameters(source: ParameterSource): string | undefined;
  isBody(body: unknown): body is Body;
  checkResponse(status: number, body: unknown, headers: Readonly<Record<string, string>>): string | undefined;
}

export const wireValidation = {
  create: compileOperation<Schemas["CreateRelationsReq"]>(documented.create, cases.parameters),
  list: compileOperation<undefined>(documented.list, cases.parameters),
  delete: compileOperation<Schemas["DeleteRelationsReq"]>(documented.delete, cases.parameters),
  token: compileOperation<Schemas["KeystoneCreateUserTokenByPasswordReq"]>(documented.token, []),
} satisfies Record<Operation, WireValidation>;

function compileOperation<Body>(
  operation: {
    parameters?: readonly DocumentedParameter[];
    requestBody?: { content: { "application/json": { schema: AnySchemaObject } } };
    responses: Readonly<Record<string, DocumentedResponse>>;
  },
  shared: readonly DocumentedParameter[],
): WireValidation<Body> {
  const parameters = [...shared, ...(operation.parameters ?? [])].map(compileParameter);
  const requestSchema = operation.requestBody?.content["application/json"].schema;
  const isDocumentedBody: ValidateFunction = ajv.compile(requestSchema ?? {});
  const responses = new Map(
    Object.entries(operation.responses).map(([status, response]) => [status, compileResponse(response)]),
  );
  return {
    checkParameters(source) {
      for (const check of parameters) {
        const error = check(source);
        if (error !== undefined) return error;
      }
      return undefined;
    },
    isBody: (body): body is Body => isDocumentedBody(body),
    checkResponse(status, body, headers) {
      const check = responses.get(String(status)) ?? responses.get("default");
      return check === undefined ? `status ${status} is not documented` : check(body, headers);
    },
  };
}

function compileParameter(parameter: DocumentedParameter): (source: ParameterSource) => string | undefined {
  const { name, required } = parameter;
  const place = parameter.in;
  if (place !== "path" && place !== "header" && place !== "query") {
    throw new Error(`the document has a parameter in ${place}, which the simulator cannot read`);
  }
  const key = place === "header" ? name.toLowerCase() : name;
  const check = ajv.compile(parameter.schema);
  const isNumeric = parameter.schema["type"] === "integer" || parameter.schema["type"] === "number";
  return (source) => {
    const value = source[place][key];
    if (value === undefined) return required ? `${name} is missing` : undefined;
    return errorOf(check, isNumeric && value !== "" ? Number(value) : value, name);
  };
}

function compileResponse(
  response: DocumentedResponse,
): (body: unknown, headers: Readonly<Record<string, string>>) => string | undefined {
  const schema = response.content?.["application/json"]?.schema;
  const check = schema === undefined ? undefined : ajv.compile(closeObjects(schema));
  const requiredHeaders = Object.entries(response.headers ?? {})
    .filter(([, header]) => header.required === true)
    .map(([name]) => name.toLowerCase());
  return (body, headers) => {
    const missing = requiredHeaders.find((name) => headers[name] === undefined);
    if (missing !== undefined) return `header ${missing} is missing`;
    if (body === undefined) return undefined;
    return check === undefined ? "no body is documented" : errorOf(check, body, "body");
  };
}

/** The schema without additional properties: everything in a response of the simulator has to be in the document. */
function closeObjects(schema: AnySchemaObject): AnySchemaObject {
  const closed: AnySchemaObject = { ...schema };
  const properties: unknown = schema["properties"];
  if (isRecord(properties)) {
    closed["properties"] = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [
        name,
        isRecord(property) ? closeObjects(property) : property,
      ]),
    );
    closed["additionalProperties"] ??= false;
  }
  if (isRecord(schema["items"])) closed["items"] = closeObjects(schema["items"]);
  return closed;
}

function errorOf(check: ValidateFunction, value: unknown, subject: string): string | undefined {
  return check(value) ? undefined : `${subject}${describe(check.errors?.[0])}`;
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return " is wrong";
  return `${error.instancePath} ${error.message ?? "is wrong"} ${JSON.stringify(error.params)}`;
}
