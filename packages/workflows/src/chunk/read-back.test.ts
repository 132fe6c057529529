import { expect, test } from "vitest";
import { readBack } from "./read-back.ts";

interface Reads {
  /** The results of the reads, in order. The last one is that of all further reads, too. */
  shows: (string[] | "unread")[];
  expected: string[];
  asked: string[];
}

async function readBackFrom({ shows, expected, asked }: Reads) {
  let [now, reads] = [100, 0];
  const waits: number[] = [];
  const found = await readBack<"unread">({
    expected: new Set(expected),
    asked,
    read: async () => {
      now += 0.5;
      const shown = shows[Math.min(reads++, shows.length - 1)] as Reads["shows"][number];
      return shown === "unread" ? shown : new Set(shown);
    },
    readLag: { ms: 5_000 },
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      now += milliseconds;
    },
    now: () => now,
  });
  if (typeof found === "string") return { found, waits };
  return { ...found, associations: [...found.associations], waits };
}

const USUAL = [500, 1_000, 1_500, 2_000];

test("a write that shows is read once, whatever others added meanwhile", async () => {
  const found = await readBackFrom({ shows: [["x", "a", "other"]], expected: ["x", "a"], asked: ["a"] });
  expect(found).toEqual({ associations: ["x", "a", "other"], isExpected: true, isLate: false, lagMs: 1, waits: [] });
});

test("a read that fails ends the reading back", async () => {
  const found = await readBackFrom({ shows: [["x"], "unread"], expected: ["x", "a"], asked: ["a"] });
  expect(found).toEqual({ found: "unread", waits: [500] });
});

test("a write that shows within the read lag is not late; one that shows after it is", async () => {
  const asked = ["a"];
  const inTime = await readBackFrom({ shows: [[], [], [], [], ["a"]], expected: asked, asked });
  expect(inTime).toMatchObject({ isExpected: true, isLate: false, lagMs: 5_003, waits: USUAL });
  const late = await readBackFrom({ shows: [[], [], [], [], [], ["a"]], expected: asked, asked });
  expect(late).toMatchObject({ isExpected: true, isLate: true, lagMs: 7_603, waits: [...USUAL, 2_600] });
});

test("a write that does not show is waited for up to a minute, and each wait is longer", async () => {
  const found = await readBackFrom({ shows: [["x"]], expected: ["x", "a"], asked: ["a"] });
  expect(found).toMatchObject({ isExpected: false, isLate: true });
  const { waits } = found;
  const waitedMs = waits.reduce((sum, wait) => sum + wait, 0);
  expect(waitedMs).toBeGreaterThanOrEqual(60_000);
  expect(waitedMs - (waits.at(-1) ?? 0)).toBeLessThan(60_000);
  expect(waits.slice(0, 6)).toEqual([...USUAL, 2_600, 3_380]);
});

test("an association that went away although the write does not concern it is waited for as long as reads lag", async () => {
  const found = await readBackFrom({ shows: [["a"]], expected: ["x", "a"], asked: ["a"] });
  expect(found).toEqual({ associations: ["a"], isExpected: false, isLate: false, lagMs: 5_003, waits: USUAL });
  const back = await readBackFrom({ shows: [["a"], ["x", "a"]], expected: ["x", "a"], asked: ["a"] });
  expect(back).toMatchObject({ isExpected: true, waits: [500] });
});

test("a removal shows when the association is gone, and all that was asked for has to show", async () => {
  const gone = await readBackFrom({ shows: [["x", "a"], ["x"]], expected: ["x"], asked: ["a"] });
  expect(gone).toMatchObject({ isExpected: true, waits: [500] });
  const both = await readBackFrom({ shows: [["a"], ["a", "b"]], expected: ["a", "b"], asked: ["a", "b"] });
  expect(both).toMatchObject({ isExpected: true, waits: [500] });
});
