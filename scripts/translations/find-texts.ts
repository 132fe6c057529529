import { templateKey } from "../../packages/common/src/index.ts";
import { parseSync, Visitor, type Expression, type TemplateLiteral } from "oxc-parser";

/** A text in the source: its key in the catalogues, and its line. */
export interface SourceText {
  key: string;
  line: number;
}

/** Which texts of a file people see: all of its prose, or only that of errors, reasons and advice. */
export type Scope = "all" | "messages";

/** The properties and the functions whose texts are messages. */
const MESSAGE_PROPERTIES = new Set(["reason", "advice", "message", "problem", "fix"]);
const TAGS = new Set(["t", "english"]);
const MESSAGE_CALLS = /^(?:constant|.*Error|translated|counted|t)$/;

/**
 * Finds the texts of a module that a catalogue must have: texts of at least two words, and whatever stands in t`...`,
 * english`...`, translated("...") and counted(n, "..."). The values of a template are numbered. In phrase`...`, line breaks
 * and indentation are single blanks; html`...` must have no text of its own.
 */
export function findTexts(path: string, source: string, scope: Scope): SourceText[] {
  const { program } = parseSync(path, source);
  const found = new Map<string, SourceText>();
  const lineOf = (at: number): number => source.slice(0, at).split("\n").length;
  const add = (key: string, at: number): void => void (found.has(key) || found.set(key, { key, line: lineOf(at) }));
  /** Where the templates and literals are that are no texts as they stand. */
  const parts = new Set<number>();
  /** How many messages contain the node that is visited. */
  let messages = 0;
  const isSeen = (key: string): boolean => (scope === "all" || messages > 0) && isProse(key);
  const enter = (isMessage: boolean): void => void (messages += isMessage ? 1 : 0);
  const leave = (isMessage: boolean): void => void (messages -= isMessage ? 1 : 0);
  new Visitor({
    Property: (node) => enter(isMessageProperty(node.key)),
    "Property:exit": (node) => leave(isMessageProperty(node.key)),
    NewExpression: (node) => enter(isMessageCall(node.callee)),
    "NewExpression:exit": (node) => leave(isMessageCall(node.callee)),
    CallExpression: (node) => {
      enter(isMessageCall(node.callee));
      const name = node.callee.type === "Identifier" ? node.callee.name : "";
      const [first, second] = node.arguments;
      if (name === "translated" && first) for (const { value, start } of literalsOf(first)) add(value, start);
      if (name !== "counted" || !second) return;
      for (const { value, start } of literalsOf(second)) {
        parts.add(start);
        add(`{{0}} ${value}s`, start);
      }
    },
    "CallExpression:exit": (node) => leave(isMessageCall(node.callee)),
    TaggedTemplateExpression: ({ tag, quasi }) => {
      if (tag.type !== "Identifier") return;
      const key = keyOfTemplate(quasi);
      if (TAGS.has(tag.name)) add(key, quasi.start);
      if (tag.name === "phrase") add(key.replaceAll(/\s+/g, " ").trim(), quasi.start);
      if (tag.name === "html") for (const text of key.split(/[<>"\n]/)) if (isSeen(text)) add(text.trim(), quasi.start);
      if (tag.name === "phrase" || tag.name === "html") parts.add(quasi.start);
    },
    TemplateLiteral: (node) => {
      const key = keyOfTemplate(node);
      if (isSeen(key) && !parts.has(node.start)) add(key, node.start);
    },
    Literal: ({ value, start }) => {
      if (typeof value === "string" && isSeen(value) && !parts.has(start)) add(value, start);
    },
  }).visit(program);
  return [...found.values()];
}

const isMessageProperty = (key: { type: string; name?: unknown }): boolean =>
  key.type === "Identifier" && typeof key.name === "string" && MESSAGE_PROPERTIES.has(key.name);

const isMessageCall = (callee: Expression): boolean =>
  callee.type === "Super" || (callee.type === "Identifier" && MESSAGE_CALLS.test(callee.name));

/** The strings that an argument can be. */
function literalsOf(node: { type: string }): { value: string; start: number }[] {
  const expression = node as Expression;
  if (expression.type === "Literal") {
    const { value, start } = expression;
    return typeof value === "string" ? [{ value, start }] : [];
  }
  if (expression.type !== "ConditionalExpression") return [];
  return [...literalsOf(expression.consequent), ...literalsOf(expression.alternate)];
}

function keyOfTemplate({ quasis }: TemplateLiteral): string {
  return templateKey(quasis.map(({ value }) => value.cooked ?? value.raw));
}

/** A title with a colon, or two words in lower case next to each other or with a value between them, and no SQL. */
function isProse(key: string): boolean {
  if (/^[A-Z][A-Za-z]+(?: \(\w+\))?:$/.test(key)) return true;
  if (/\b(?:SELECT|FROM|WHERE|CASE WHEN|CREATE|COPY|ORDER BY)\b|\|\||\blambda |auto_detect/.test(key)) return false;
  return /(?:^|[^\w./-])[A-Za-z][a-z]+,? (?:\{\{\d+\}\} )?[a-z]+(?:[^\w./=-]|$)/.test(key);
}
