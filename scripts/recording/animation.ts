import { type Cell, Terminal } from "./terminal.ts";

/** What a program printed, and when: in milliseconds since it started. */
export interface Output {
  readonly at: number;
  readonly text: string;
}

interface Frame {
  at: number;
  rows: readonly string[];
}

export interface AnimationOptions {
  columns: number;
  rows: number;
  /** What the picture shows, for readers who do not see it. */
  title: string;
  /** The shortest time between two pictures, in milliseconds. */
  stepMs: number;
  /** How long the last picture stays, in milliseconds. */
  holdMs: number;
}

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const PADDING = 14;
const STYLE = `svg{background:#0d1117}text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"Noto Sans Mono CJK SC",monospace;fill:#e6edf3;white-space:pre}
.bold{font-weight:bold}.dim{fill:#8b949e}.red{fill:#ff7b72}.green{fill:#7ee787}.yellow{fill:#e3b341}.blue{fill:#79c0ff}.magenta{fill:#d2a8ff}.cyan{fill:#76e3ea}.white{fill:#fff}.black{fill:#6e7681}`;

/** Draws what a program printed as an animated SVG, without scripts: a strip of pictures that moves past a window. */
export function drawAnimation(outputs: readonly Output[], options: AnimationOptions): string {
  const frames = takeFrames(outputs, options);
  const height = options.rows * LINE_HEIGHT + 2 * PADDING;
  const width = Math.ceil(options.columns * CELL_WIDTH + 2 * PADDING);
  const lastAt = frames.at(-1)?.at ?? 0;
  const duration = lastAt + options.holdMs;
  const moves = frames.map(({ at }, index) => `${percent(at / duration)}{transform:translateY(${-index * height}px)}`);
  const lines = new Map<string, string>();
  const pictures = frames.map(({ rows }, index) => {
    const uses = rows.flatMap((row, line) => {
      if (row === "") return [];
      if (!lines.has(row)) lines.set(row, `l${lines.size}`);
      return [`<use href="#${lines.get(row)}" y="${PADDING + line * LINE_HEIGHT}"/>`];
    });
    return `<g transform="translate(0 ${index * height})">${uses.join("")}</g>`;
  });
  const stay = `translateY(${-(frames.length - 1) * height}px)`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(options.title)}">`,
    `<title>${escape(options.title)}</title>`,
    `<style>${STYLE}`,
    `.strip{animation:play ${(duration / 1000).toFixed(2)}s step-end infinite}`,
    `@keyframes play{${moves.join("")}}`,
    // Readers who want no motion see the end.
    `@media (prefers-reduced-motion:reduce){.strip{animation:none;transform:${stay}}}</style>`,
    `<defs>${[...lines].map(([row, id]) => `<text id="${id}" y="14">${row}</text>`).join("\n")}</defs>`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g class="strip">${pictures.join("\n")}</g>`,
    "</svg>",
    "",
  ].join("\n");
}

/** The screens at the times of the outputs, at most one in each step, without repetitions. */
function takeFrames(outputs: readonly Output[], { columns, rows, stepMs }: AnimationOptions): Frame[] {
  const terminal = new Terminal(columns, rows);
  const frames: Frame[] = [];
  for (const [index, { at, text }] of outputs.entries()) {
    terminal.write(text);
    const next = outputs[index + 1];
    if (next !== undefined && Math.floor(next.at / stepMs) === Math.floor(at / stepMs)) continue;
    const screen = terminal.rows().map(drawRow);
    if (frames.at(-1)?.rows.join("\n") !== screen.join("\n")) {
      frames.push({ at: frames.length === 0 ? 0 : Math.floor(at / stepMs) * stepMs, rows: screen });
    }
  }
  return frames;
}

/** A row as parts of one style each, which start at the column where they are; empty for a blank row. */
function drawRow(cells: readonly Cell[]): string {
  const parts: { column: number; style: string; text: string }[] = [];
  let wasWide = false;
  for (const [column, { char, style }] of cells.entries()) {
    if (char === "") continue;
    const isWide = cells[column + 1]?.char === "";
    const last = parts.at(-1);
    if (last !== undefined && last.style === style && !isWide && !wasWide) last.text += char;
    else parts.push({ column, style, text: char });
    wasWide = isWide;
  }
  const end = parts.findLastIndex(({ text }) => text.trim() !== "");
  return parts
    .slice(0, end + 1)
    .filter(({ text }) => text.trim() !== "")
    .map(({ column, style, text }) => {
      const shown = text.trimEnd();
      const skipped = shown.length - shown.trimStart().length;
      const words = shown.trimStart();
      const x = pixels(PADDING + (column + skipped) * CELL_WIDTH);
      // Whatever font the reader has, the columns stay below each other.
      const length = words.length > 1 ? ` textLength="${pixels(words.length * CELL_WIDTH)}"` : "";
      return `<tspan x="${x}"${length}${style === "" ? "" : ` class="${style}"`}>${escape(words)}</tspan>`;
    })
    .join("");
}

const pixels = (length: number): string => length.toFixed(1).replace(/\.0$/, "");

const percent = (share: number): string => `${(share * 100).toFixed(3).replace(/\.?0+$/, "")}%`;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
