// Writes the description as a page for people: docs/api.md.

/** The page, from the description without references (`document`). */
export function apiReference(document, { description, hash }) {
  const lines = [
    `<!-- Generated from ${description} (SHA-256 ${hash}) by \`pnpm generate\` (openapi/api-reference.mjs). Do not edit. -->`,
    "",
    "# The API",
    "",
    "The calls that caselink sends, as the documents of the vendor describe them, and what each error code means for a row.",
    "",
    paragraph(document.info.description).replace(
      "in README.md in the same folder",
      "in [openapi/README.md](../openapi/README.md)",
    ),
    "",
    "Addresses:",
    "",
    paragraph(document.servers[0].variables.endpoint.description),
    "",
    "## Credentials",
    "",
    ...Object.values(document.components.securitySchemes).flatMap((scheme) => [
      `**\`${scheme.name ?? scheme.scheme}\`** ${paragraph(scheme.description)}`,
      "",
    ]),
  ];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (operation.operationId === undefined) continue;
      lines.push(...describeOperation(`${method.toUpperCase()} ${path}`, operation, item.parameters ?? []));
    }
  }
  lines.push("## Limits", "", ...describeLimits(document["x-osm-limits"]), "");
  lines.push("## Error codes", "", ...describeErrors(document["x-osm-errors"]));
  return `${lines.join("\n").trimEnd()}\n`;
}

function describeOperation(call, operation, shared) {
  const parameters = [...shared, ...(operation.parameters ?? [])];
  const body = operation.requestBody?.content["application/json"];
  return [
    `## ${operation.summary}`,
    "",
    `\`${call}\` (\`${operation.operationId}\`)`,
    "",
    paragraph(operation.description),
    "",
    ...table(
      ["parameter", "in", "required", "length or range", "meaning"],
      parameters.map(({ name, in: place, required, schema, description }) => [
        `\`${name}\``,
        place,
        required ? "yes" : "no",
        rangeOf(schema),
        paragraph(description),
      ]),
    ),
    ...(body === undefined
      ? []
      : [
          "Body:",
          "",
          ...table(["field", "type", "required", "length or range", "meaning"], fieldRows(body.schema)),
          ...Object.values(body.examples ?? {}).flatMap(({ value }) => ["```json", JSON.stringify(value), "```", ""]),
        ]),
    ...table(
      ["HTTP status", "meaning"],
      Object.entries(operation.responses).map(([status, response]) => [status, paragraph(response.description)]),
    ),
    ...describeResult(operation),
  ];
}

/** The fields of the successful response. */
function describeResult({ responses }) {
  const schema = (responses["200"] ?? responses["201"]).content["application/json"].schema;
  return [
    "Response:",
    "",
    ...table(
      ["field", "type", "length or range", "meaning"],
      fieldRows(schema).map(([name, type, , range, meaning]) => [name, type, range, meaning]),
    ),
  ];
}

/** One row for each field, those of nested objects under the path to them. */
function fieldRows(schema, prefix = "") {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const inner = field.type === "array" ? field.items : field;
    const type = field.type === "array" ? `array of ${inner.type}` : [field.type].flat().join(" or ");
    const range = [rangeOf(field), field.type === "array" ? rangeOf(inner) : ""]
      .filter((text) => text !== "")
      .join("; each ");
    return [
      [`\`${path}\``, type, schema.required?.includes(name) ? "yes" : "no", range, paragraph(field.description ?? "")],
      ...fieldRows(inner, `${path}${field.type === "array" ? "[]" : ""}.`),
    ];
  });
}

function rangeOf({ minLength, maxLength, minItems, maxItems, minimum, maximum, enum: values }) {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(", ");
  if (maxLength !== undefined) return `${minLength ?? 0} to ${maxLength} characters`;
  if (maxItems !== undefined) return `${minItems ?? 0} to ${maxItems} entries`;
  if (maximum !== undefined) return `${minimum ?? 0} to ${maximum}`;
  return "";
}

function describeLimits(limits) {
  return table(
    ["limit", "value", "checked before sending"],
    Object.entries(limits).map(([name, value]) => [
      `\`${name}\``,
      String(value),
      name.startsWith("documented") ? "no" : "yes",
    ]),
  );
}

const CLASSES = {
  limit: "the ticket would exceed three associations",
  "not-found": "the ticket, or a related ticket, does not exist",
  forbidden: "no permission",
  "self-association": "a ticket cannot be associated with itself",
  "invalid-parameter": "rejected by the parameter check",
  unauthenticated: "token, signature or password rejected",
  throttled: "too many requests",
  transient: "the service failed; the same call may succeed later",
  unknown: "none of these",
};

function describeErrors(errors) {
  return [
    "`executed` states if a write with this response was executed: *no* is certain. After *unknown*, caselink reads the ticket.",
    "",
    ...table(
      ["class", "meaning"],
      Object.entries(CLASSES).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    ...table(
      ["code", "HTTP status", "class", "executed", "message"],
      Object.entries(errors).map(([code, { httpStatus, class: name, executed, message }]) => {
        if (CLASSES[name] === undefined)
          throw new Error(`The class ${name} of ${code} has no meaning in ${import.meta.url}.`);
        return [`\`${code}\``, String(httpStatus), `\`${name}\``, executed, message];
      }),
    ),
  ];
}

function table(head, rows) {
  if (rows.length === 0) return [];
  return [tableRow(head), tableRow(head.map(() => "---")), ...rows.map(tableRow), ""];
}

function tableRow(cells) {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** A text of the description in one line. */
function paragraph(text) {
  return (text ?? "").trim().replaceAll(/\s*\n\s*/g, " ");
}
