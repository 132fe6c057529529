import { toUSVString } from "node:util";
import { isObject } from "@caselink/common";
import { fileError } from "../input-errors.ts";
import { visibleText } from "../../visible-text.ts";
import { splitRelated } from "../blanks.ts";
import type { NamedRole } from "../columns/column-map.ts";
import { fieldKind, sameName, type ColumnRole } from "../columns/column-names.ts";
import { missingColumns, type ColumnOptions } from "../columns/input-columns.ts";
import { shapeOf } from "./json-shape.ts";
import { repeatedKey } from "./repeated-key.ts";
import type { ReaderError, RowTable } from "../row-table.ts";
import { withWrittenNumbers, WrittenNumber } from "./written-number.ts";

/** Levels of lists and objects in a record. Programs that read the report must be able to read them, too. */
const DEEPEST = 200;

/** Different keys of a file. More of them are values in the place of keys, and must not fill the memory. */
const MOST_KEYS = 5000;

type Field = NonNullable<ReaderError["field"]>;
type FieldError = Omit<ReaderError, "raw">;

interface Text {
  text: string;
  error?: FieldError;
  /** The invalid value for the rejects file. As a text it could be valid. */
  original?: unknown;
  /** Of a related id: see {@link RowTable.relatedNames}. */
  column?: number;
}

/**
 * Makes the functions that turn the JSON values of one file into rows of the table.
 *
 * @param isArray the values are the elements of a list, not lines
 */
export function createJsonRecords(file: string, options: ColumnOptions, table: RowTable, isArray = false) {
  const { roleOf, jsonKeys } = options.columnMap;
  const roles = new Map<string, NamedRole | undefined>();
  const seen = new Set<ColumnRole>();
  const keys = new Set<string>();
  /** The first key whose value is a list of objects. */
  let listKey: string | undefined;

  function knownRole(key: string): NamedRole | undefined {
    if (!roles.has(key)) {
      if (roles.size === MOST_KEYS) {
        const reason = `has more than ${MOST_KEYS.toLocaleString("en")} different keys`;
        throw fileError(file, reason, "Use the same keys in every object.");
      }
      roles.set(key, roleOf(key));
      if (keys.size < 100) keys.add(sameName(key));
    }
    return roles.get(key);
  }

  /**
   * Makes the function for the roles of an object's keys: an alias has none if the object has the contract's name, too.
   */
  function createRoleIn(value: object): (key: string) => ColumnRole | undefined {
    const known = Object.keys(value).map(knownRole);
    if (!known.some((found) => found?.isAlias)) return (key) => roles.get(key)?.role;
    const named = new Set(known.flatMap((found) => (found && !found.isAlias ? [fieldKind(found.role)] : [])));
    return (key) => {
      const found = roles.get(key);
      return found && !(found.isAlias && named.has(fieldKind(found.role))) ? found.role : undefined;
    };
  }

  /** Returns the place of a key among those with a number: each of them is named in errors. */
  function relatedColumnOf(key: string): number {
    if (!roles.get(key)?.isNumbered) return 0;
    const found = table.relatedNames.indexOf(key);
    return found >= 0 ? found : table.relatedNames.push(key) - 1;
  }

  /** Returns the object with only the invalid related id: the others of its list may be sent. */
  function rawWithOne(ticket: Text, related: Text, group: Text, others: [string, unknown][]): string {
    const [case_id, id, group_id] = [ticket, related, group].map(({ text, original = text }) => original);
    // A list in the place of one id would be read as several ids.
    const related_id = Array.isArray(id) ? [id] : id;
    const record = { ...jsonKeys.record({ case_id, related_id, group_id }), ...Object.fromEntries(others) };
    return wellFormedJson(JSON.stringify(record));
  }

  return {
    /** Adds the rows of a value. `raw` is the text from which it was parsed. */
    add(parsed: unknown, line: number, raw: string): void {
      const shape = shapeOf(parsed, DEEPEST);
      if (shape.isTooDeep) {
        addUnreadable(table, line, raw, "is nested too deeply", `write it with at most ${DEEPEST} levels`, "as text");
        return;
      }
      const value = withWrittenNumbers(parsed, raw, shape);
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        addUnreadable(table, line, raw, "is not a JSON object");
        return;
      }
      let ticket: Text = { text: "" };
      let group: Text = { text: "" };
      const related: Text[] = [];
      const others: [string, unknown][] = [];
      const keyOf: Partial<Record<ColumnRole, string>> = {};
      const idKeys: string[] = [];
      const roleOfKey = createRoleIn(value);
      for (const [key, content] of Object.entries(value)) {
        const role = roleOfKey(key);
        if (role === undefined) {
          others.push([key, content]);
          if (listKey === undefined && Array.isArray(content) && isObject(content[0])) listKey = key;
          table.addColumn(toUSVString(key));
          continue;
        }
        seen.add(fieldKind(role));
        const twin = keyOf[role];
        if (twin !== undefined && role !== "list" && role !== "related") {
          const reason = `has both "${visibleText(twin)}" and "${visibleText(key)}" for one field`;
          addUnreadable(table, line, raw, reason, "keep one, or name the right one with --map");
          return;
        }
        keyOf[role] = key;
        idKeys.push(key);
        if (role === "ticket") ticket = textOf(content, "case_id", key);
        else if (role === "group") group = textOf(content, "group_id", key);
        else {
          const column = relatedColumnOf(key);
          for (const id of relatedOf(content, role, key)) related.push({ ...id, column });
        }
      }
      const repeated = repeatedKey(raw, shape.keys, idKeys);
      if (repeated !== undefined) {
        // As text, because an object would keep only one of the two values.
        const reason = `has "${visibleText(repeated)}" more than once`;
        addUnreadable(table, line, raw, reason, "keep the right one", "as text");
        return;
      }
      const other = others.length === 0 ? null : wellFormedJson(JSON.stringify(Object.fromEntries(others)));
      for (const id of related.length > 0 ? related : [{ text: "" }]) {
        const errors = [ticket.error, id.error, group.error]
          .filter((error) => error !== undefined)
          .map((error) => ({ ...error, raw: rawWithOne(ticket, id, group, others) }));
        table.add(
          { line, ticket: ticket.text, related: id.text, group: group.text, other, relatedColumn: id.column ?? 0 },
          errors,
        );
      }
    },
    /** Throws `InputError` for the required keys that no object of the file had. */
    end(): void {
      if (keys.size === 0) return;
      const has = { case_id: seen.has("ticket"), related_id: seen.has("related"), group_id: seen.has("group") };
      if (!seen.has("ticket") && listKey !== undefined) {
        const reason = `has its rows in the list "${visibleText(listKey)}" of ${isArray ? "each of its objects" : "an object"}`;
        throw fileError(file, reason, isArray ? "Write all rows as one list." : "Add --format json to read the list.");
      }
      const missing = missingColumns(file, has, [...keys], options);
      if (missing) throw missing;
    },
  };
}

/**
 * Adds a line that is not a record as an invalid row, so that it is not lost. The rejects file gets its value or its
 * text.
 */
export function addUnreadable(
  table: RowTable,
  line: number,
  raw: string,
  reason: string,
  advice = "fix the line or remove it",
  form: "as value" | "as text" = "as value",
): void {
  const kept = form === "as text" ? JSON.stringify(raw) : raw;
  const error = { value: visibleText(raw), reason, raw: toUSVString(kept), advice };
  table.add({ line, ticket: "", related: "", group: "", other: null }, [error]);
}

function textOf(content: unknown, field: Field, column: string): Text {
  if (content === undefined || content === null) return { text: "" };
  if (typeof content !== "string") {
    const text = content instanceof WrittenNumber ? content.source : wellFormedJson(JSON.stringify(content));
    const kind = kindOf(content);
    const advice = "write it as text, in quotation marks";
    const error = { field, column, value: visibleText(text), reason: `is ${kind}, not text`, advice };
    // In the rejects file a number stays a number, even if it loses digits: the reason has all of them.
    return { text, error, original: content instanceof WrittenNumber ? Number(content.source) : content };
  }
  const text = content.trim();
  const whole = toUSVString(text);
  if (whole === text) return { text };
  const error = { field, column, value: visibleText(text), reason: "contains an incomplete character" };
  return { text: whole, error: { ...error, advice: "export the file again as UTF-8" } };
}

function kindOf(content: unknown): string {
  if (content instanceof WrittenNumber) return "a number";
  return Array.isArray(content) ? "a list" : typeof content === "object" ? "an object" : `a ${typeof content}`;
}

/** Returns the ids of a key's value. An empty value has none: other keys of the object may have some. */
function relatedOf(content: unknown, role: ColumnRole, key: string): Text[] {
  if (Array.isArray(content)) return content.map((id) => textOf(id, "related_id", key));
  const single = textOf(content, "related_id", key);
  if (single.text === "" && !single.error) return [];
  if (role !== "list" || single.error) return [single];
  return splitRelated(single.text)
    .filter((text) => text !== "")
    .map((text) => ({ text }));
}

/** Replaces incomplete characters, which the database rejects. JSON escapes only these as `\ud...`. */
function wellFormedJson(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replaceAll(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (escape) => (escape === "\\\\" ? escape : "\ufffd"));
}
