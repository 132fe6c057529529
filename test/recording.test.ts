import { expect, test } from "vitest";
import { drawAnimation } from "../scripts/recording/animation.ts";
import { Terminal } from "../scripts/recording/terminal.ts";

const textOf = (terminal: Terminal): string[] =>
  terminal.rows().map((row) =>
    row
      .map(({ char }) => char)
      .join("")
      .trimEnd(),
  );

test("a terminal shows what was written last: after returns, erased lines and a full screen", () => {
  const terminal = new Terminal(10, 3);
  terminal.write("one\r\ntwo\r\n");
  terminal.write("\u001b[2K\u001b[1A\u001b[2K\u001b[Gnew\r\n");
  expect(textOf(terminal)).toEqual(["one", "new", ""]);
  terminal.write("a line that is too long");
  expect(textOf(terminal)).toEqual(["a line tha", "t is too l", "ong"]);
});

test("a terminal keeps styles and the width of Chinese characters", () => {
  const terminal = new Terminal(8, 1);
  terminal.write("\u001b[1m\u001b[32m工\u001b[39m单\u001b[22mx");
  expect(terminal.rows()[0]?.slice(0, 6)).toEqual([
    { char: "工", style: "bold green" },
    { char: "", style: "bold green" },
    { char: "单", style: "bold" },
    { char: "", style: "bold" },
    { char: "x", style: "" },
    { char: " ", style: "" },
  ]);
});

test("a terminal rejects a control sequence that it does not know", () => {
  expect(() => new Terminal(8, 1).write("\u001b[3;4H")).toThrow("does not know");
});

test("an animation has each line once, a picture for each step, and escapes texts", () => {
  const outputs = [
    { at: 40, text: "a < b\r\n" },
    { at: 60, text: "first\r\n" },
    { at: 350, text: "second\r\n" },
  ];
  const svg = drawAnimation(outputs, { columns: 20, rows: 3, title: "t", stepMs: 100, holdMs: 700 });
  expect(svg.match(/<g transform/g)).toHaveLength(2);
  expect(svg.match(/a &lt; b/g)).toHaveLength(1);
  expect(svg).toContain("@keyframes play{0%{transform:translateY(0px)}30%{transform:translateY(");
});
