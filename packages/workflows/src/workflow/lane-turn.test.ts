import { expect, test } from "vitest";
import type { ChunkResult, ChunkTask } from "./contracts.ts";
import { workTurn, type TurnDependencies } from "./lane-turn.ts";

const DONE: ChunkResult = { deferred: 0, retryable: 0, ambiguous: 0, hasWritten: false };
const IN_DOUBT: ChunkResult = { ...DONE, ambiguous: 1, hasWritten: true };
const next = {
  batch: { batchId: "b", kind: "create", giveUpAfterMs: 3_600_000, isPaused: false, resumes: 0, ranges: [] },
  index: 0,
} as const;

type Answer = ChunkResult | { fails: NonNullable<ReturnType<TurnDependencies["failureOf"]>> } | "is cut short";

/** Answers call after call; the last one is given again and again. */
function openPlace(answers: Answer[], { isWithdrawn = false } = {}) {
  let now = 1_000;
  const tasks: ChunkTask[] = [];
  const reports: ChunkResult[] = [];
  const place: TurnDependencies = {
    lane: "a",
    now: () => now,
    async work(task) {
      const answer = answers[Math.min(tasks.length, answers.length - 1)];
      tasks.push(task);
      if (answer === undefined || answer === "is cut short" || "fails" in answer) throw answer;
      return answer;
    },
    failureOf: (error) => (error === "is cut short" ? undefined : (error as { fails: never }).fails),
    wait: async (milliseconds) => void (now += milliseconds),
    isRemoved: () => isWithdrawn,
    report: async (result) => void reports.push(result),
  };
  return { place, tasks, reports, passed: () => now - 1_000 };
}

const work = (place: TurnDependencies) => workTurn({ ...next, batch: { ...next.batch, ranges: [] } }, 1_000, place);

test("a turn continues without a budget until no write is ambiguous, and keeps its snapshot", async () => {
  const { place, tasks, passed } = openPlace([IN_DOUBT, IN_DOUBT, DONE]);
  expect((await work(place)).result).toEqual({ ...DONE, hasWritten: true });
  expect(tasks.map(({ turn, pass: call, budgetMs }) => [turn, call, budgetMs])).toEqual([
    [1_000, 0, 10_000],
    [1_000, 1, 0],
    [1_000, 2, 0],
  ]);
  expect(passed()).toBe(6_000);
});

test("a pass that resolves some ambiguous writes is followed by a short wait again", async () => {
  const three = { ...IN_DOUBT, ambiguous: 3 };
  const { place, passed } = openPlace([three, three, three, IN_DOUBT, IN_DOUBT, DONE]);
  await work(place);
  expect(passed()).toBe(2_000 + 4_000 + 8_000 + 2_000 + 4_000);
});

test("a turn that failed as a whole gets another pass before the lane continues, and reports the reason to the batch", async () => {
  const fails = { nothingSent: false, reason: "the disk is full" };
  const { place, tasks, reports } = openPlace([{ fails }, { fails }, DONE]);
  expect((await work(place)).result.hasWritten).toBe(true);
  expect(tasks.map(({ turn }) => turn)).toEqual([1_000, 1_000, 1_000]);
  expect(reports.map(({ waitReason }) => waitReason)).toEqual(
    Array.from({ length: 2 }, () => ({ kind: "worker", reason: "the disk is full" })),
  );
});

test("a turn that failed before it sent anything frees the lane", async () => {
  const { place, tasks } = openPlace([{ fails: { nothingSent: true, reason: "no such batch" } }]);
  const { result } = await work(place);
  expect(result).toMatchObject({ deferred: 1, waitReason: { kind: "worker", reason: "no such batch" } });
  expect(tasks).toHaveLength(1);
});

test("a turn overtakes the lease of a later turn immediately if it is released, else after a minute", async () => {
  const heldBy = { token: "other", turn: 5_000, isReleased: true };
  const free = openPlace([{ fails: { nothingSent: true, reason: "taken", heldBy } }]);
  expect((await work(free.place)).seenTurn).toBe(5_000);

  const lost = { nothingSent: false, reason: "taken" };
  const inDoubt = openPlace([IN_DOUBT, { fails: { ...lost, heldBy } }, DONE]);
  await work(inDoubt.place);
  expect(inDoubt.tasks.map(({ turn, leaseTurn }) => [turn, leaseTurn])).toEqual([
    [1_000, undefined],
    [1_000, undefined],
    [1_000, 5_001],
  ]);

  const held = openPlace([
    IN_DOUBT,
    ...Array.from({ length: 9 }, () => ({ fails: { ...lost, heldBy: { ...heldBy, isReleased: false } } })),
    DONE,
  ]);
  await work(held.place);
  expect(held.tasks.at(3)?.leaseTurn).toBeUndefined();
  expect(held.tasks.at(-1)).toMatchObject({ turn: 1_000, leaseTurn: 5_001 });
});

test("rejected credentials are reported while a write is ambiguous, and do not count towards giving up", async () => {
  const waitReason = { kind: "credentials", reason: "APIGW.0301" } as const;
  const blocked = openPlace([...Array.from({ length: 100 }, () => ({ ...IN_DOUBT, waitReason })), DONE]);
  await work(blocked.place);
  expect(blocked.passed()).toBeGreaterThan(3_600_000);
  expect([blocked.reports.length, blocked.tasks.some(({ isLast }) => isLast)]).toEqual([100, false]);

  const failing = openPlace([IN_DOUBT]);
  expect((await work(failing.place)).result).toEqual(IN_DOUBT);
  expect(failing.tasks.map(({ isLast }) => isLast)).toEqual([...failing.tasks.slice(1).map(() => false), true]);
});

test("a removed batch waits about a minute for ambiguous writes", async () => {
  const { place, tasks, passed } = openPlace([IN_DOUBT], { isWithdrawn: true });
  await work(place);
  expect([tasks.at(-1)?.isLast, passed()]).toEqual([true, 62_000]);
  const broken = openPlace([{ fails: { nothingSent: false, reason: "corrupt" } }], { isWithdrawn: true });
  expect((await work(broken.place)).result.waitReason?.reason).toBe("corrupt");
});

test("a turn that is cut short gets another pass immediately", async () => {
  const { place, tasks, passed } = openPlace(["is cut short", DONE]);
  await work(place);
  expect([tasks.map(({ budgetMs }) => budgetMs), passed()]).toEqual([[10_000, 0], 0]);
});
