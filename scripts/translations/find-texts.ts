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
 * english`...`, translated("...") and counted(n, "..."). The values of a template are numbered.
 */
export function findTexts(path: string, source: string, scope: Scope): SourceText[] {
  const { program } = parseSync(path, source);
  const found = new Map<string, SourceText>();
  const lineOf = (at: number): number => source.slice(0, at).split("\n").length;
  const add = (key: string, at: number): void => void (found.has(key) || found.set(key, { key, line: lineOf(at) }));
  /** How many messages contain the node that is visited. */
  let messages = 0;
  const isSeen = (key: string): boolean => (scope === "all" || messages > 0) && isProse(key);
  const enter = (isMessage: boolean): void => void (messages += isMessage ? 1 : 0);
  const leave = (isMessage: boolean): void => void (messages -= isMessage ? 1 : 0);
  new Visitor({
    ImportDeclaration: skip,
    Property: (node) => enter(isMessageProperty(node.key)),
    "Property:exit": (node) => leave(isMessageProperty(node.key)),
    NewExpression: (node) => enter(isMessageCall(node.callee)),
    "NewExpression:exit": (node) => leave(isMessageCall(node.callee)),
    CallExpression: (node) => {
      enter(isMessageCall(node.callee));
      const name = node.callee.type === "Identifier" ? node.callee.name : "";
      const [first, second] = node.arguments;
      if (name === "translated" && first) for (const text of literalsOf(first)) add(text, first.start);
      if (name === "counted" && second) for (const noun of literalsOf(second)) add(`{{0}} ${noun}s`, second.start);
    },
    "CallExpression:exit": (node) => leave(isMessageCall(node.callee)),
    TaggedTemplateExpression: ({ tag, quasi }) => {
      if (tag.type === "Identifier" && TAGS.has(tag.name)) add(keyOfTemplate(quasi), quasi.start);
    },
    TemplateLiteral: (node) => {
      const key = keyOfTemplate(node);
      if (isSeen(key)) add(key, node.start);
    },
    Literal: ({ value, start }) => {
      if (typeof value === "string" && isSeen(value)) add(value, start);
    },
  }).visit(program);
  return [...found.values()];
}

const skip = (): void => undefined;

const isMessageProperty = (key: { type: string; name?: unknown }): boolean =>
  key.type === "Identifier" && typeof key.name === "string" && MESSAGE_PROPERTIES.has(key.name);

const isMessageCall = (callee: Expression): boolean =>
  callee.type === "Super" || (callee.type === "Identifier" && MESSAGE_CALLS.test(callee.name));

/** The strings that an argument can be. */
function literalsOf(node: { type: string }): string[] {
  const expression = node as Expression;
  if (expression.type === "Literal") return typeof expression.value === "string" ? [expression.value] : [];
  if (expression.type !== "ConditionalExpression") return [];
  return [...literalsOf(expression.consequent), ...literalsOf(expression.alternate)];
}

function keyOfTemplate({ quasis }: TemplateLiteral): string {
  return quasis.map(({ value }) => value.cooked ?? value.raw).reduce((key, part, at) => `${key}{{${at - 1}}}${part}`);
}

/** A title with a colon, or two words in lower case next to each other or with a value between them, and no SQL. */
function isProse(key: string): boolean {
  if (/^[A-Z][A-Za-z]+(?: \(\w+\))?:$/.test(key)) return true;
  if (/\b(?:SELECT|FROM|WHERE|CASE WHEN|CREATE|COPY|ORDER BY)\b|\|\||\blambda |auto_detect/.test(key)) return false;
  return /(?:^|[^\w./-])[A-Za-z][a-z]+,? (?:\{\{\d+\}\} )?[a-z]+(?:[^\w./=-]|$)/.test(key);
}
