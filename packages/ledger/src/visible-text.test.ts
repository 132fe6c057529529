import { expect, test } from "vitest";
import { visibleText } from "./visible-text.ts";

test("control and invisible characters are shown as escapes, so that a value cannot steer a terminal", () => {
  expect(visibleText("a\u001b[31m\tb\r\n\u200b\u202ec")).toBe("a\\u{1b}[31m\\tb\\r\\n\\u{200b}\\u{202e}c");
});

test("a long value is cut between characters", () => {
  expect(visibleText("😀".repeat(70), 5)).toBe("😀😀😀😀…");
  expect(visibleText("x".repeat(60))).toHaveLength(60);
});
