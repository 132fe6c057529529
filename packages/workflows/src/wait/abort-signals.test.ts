import { expect, test } from "vitest";
import { firstOf, whenAborted } from "./abort-signals.ts";

test("an abort calls every listener of the signal except those that left", () => {
  const source = new AbortController();
  const called: string[] = [];
  whenAborted(source.signal, () => called.push("a"));
  const leave = whenAborted(source.signal, () => called.push("b"));
  whenAborted(source.signal, () => called.push("c"));
  leave();
  source.abort();
  expect(called).toEqual(["a", "c"]);
});

test("the first of several signals aborts with its reason", () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const first = firstOf(a.signal, b.signal);
  expect(first.aborted).toBe(false);
  b.abort("b");
  a.abort("a");
  expect([first.aborted, first.reason]).toEqual([true, "b"]);
  expect(firstOf(new AbortController().signal, b.signal).aborted).toBe(true);
});
