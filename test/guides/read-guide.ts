/** A command of a guide, and the exit status that its comment promises. */
interface GuideCommand {
  readonly line: number;
  readonly text: string;
  /** From a comment such as `# exit status 3`; 0 without one. */
  readonly status: number;
}

/** What a guide asks its reader to do, in the order of the page. */
export type GuideStep =
  | { readonly kind: "file"; readonly line: number; readonly name: string; readonly content: string }
  | { readonly kind: "run"; readonly line: number; readonly commands: readonly GuideCommand[] }
  | { readonly kind: "background"; readonly line: number; readonly text: string; readonly ready: string }
  | { readonly kind: "output"; readonly line: number; readonly lines: readonly string[] }
  | { readonly kind: "not-run"; readonly line: number; readonly text: string; readonly reason: string };

const BLOCK = /(?:^<!-- (?<marker>.+?) -->\n)?^```(?<language>\w+)\n(?<content>.*?)^```$/gms;

/**
 * Reads the code blocks of a guide. Blocks marked `sh` are run and blocks marked `text` show output, unless a comment in the
 * line before says otherwise:
 *
 *     <!-- not run: REASON -->          the block is not run
 *     <!-- second terminal: TEXT -->    it runs until the guide ends; TEXT is in its output when it is ready
 *     <!-- file: NAME -->               the reader saves the block, of any language, under this name
 */
export function readGuide(markdown: string): GuideStep[] {
  const steps: GuideStep[] = [];
  for (const { index, groups = {} } of markdown.matchAll(BLOCK)) {
    const { marker = "", language = "", content = "" } = groups;
    const [, key = "", value = ""] = /^([\w ]+): (.+)$/s.exec(marker) ?? [];
    const line = markdown.slice(0, index).split("\n").length + (marker === "" ? 1 : 2);
    if (key === "file") steps.push({ kind: "file", line, name: value, content });
    else if (key === "not run") steps.push({ kind: "not-run", line, text: content.trim(), reason: value });
    else if (key === "second terminal") {
      steps.push({ kind: "background", line, text: content.trim(), ready: value });
    } else if (marker !== "") throw new Error(`line ${line}: the marker "${marker}" is unknown`);
    else if (language === "sh") steps.push({ kind: "run", line, commands: splitCommands(content, line) });
    else if (language === "text") {
      steps.push({ kind: "output", line, lines: content.split("\n").filter((each) => each.trim() !== "") });
    }
  }
  return steps;
}

/** One command in each line; a line that ends with a backslash continues in the next. */
function splitCommands(content: string, firstLine: number): GuideCommand[] {
  const commands: GuideCommand[] = [];
  let text = "";
  for (const [index, line] of content.split("\n").entries()) {
    text += text === "" ? line : `\n${line}`;
    if (line.endsWith("\\")) continue;
    if (/^\s*[^#\s]/.test(text)) {
      const [, status = "0"] = /#.*\bexit status (\d+)/.exec(text) ?? [];
      commands.push({ line: firstLine + index, text, status: Number(status) });
    }
    text = "";
  }
  return commands;
}

/** Numbers that differ from run to run: durations, times, counted seconds; and the width of columns. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, "TIME"],
  [/\b(?:[\d.]+ (?:ms|s|min)(?: [\d.]+ s)?|less than a second)(?!\w)/g, "DURATION"],
  [/\s+/g, " "],
];

/** The lines of a guide that are not in the output, in this order. `…` in a line stands for any text. */
export function findMissingLines(lines: readonly string[], output: string): string[] {
  const shown = output.split("\n").map(withoutVariable);
  let from = 0;
  return lines.filter((line) => {
    const pattern = new RegExp(
      `^${withoutVariable(line)
        .split("…")
        .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
        .join(".*")}$`,
    );
    const at = shown.findIndex((each, index) => index >= from && pattern.test(each));
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

const withoutVariable = (line: string): string =>
  VARIABLE.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), line).trim();
