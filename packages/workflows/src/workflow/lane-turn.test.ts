import { expect, test } from "vitest";
import type { ChunkResult, ChunkTask } from "./contracts.ts";
import { workTurn, type TurnDependencies } from "./lane-turn.ts";

const DONE: ChunkResult = { deferred: 0, retryable: 0, ambiguous: 0, hasWritten: false };
const AMBIGUOUS: ChunkResult = { ...DONE, ambiguous: 1, hasWritten: true };
const next = {
  batch: { batchId: "b", kind: "create", giveUpAfterMs: 3_600_000, isPaused: false, resumes: 0, ranges: [] },
  index: 0,
} as const;

type Answer = ChunkResult | { fails: NonNullable<ReturnType<TurnDependencies["failureOf"]>> } | "is cut short";

/** Returns one result for each pass, and repeats the last one. */
function openTurn(answers: Answer[], { isRemoved = false } = {}) {
  let now = 1_000;
  const tasks: ChunkTask[] = [];
  const reports: ChunkResult[] = [];
  const dependencies: TurnDependencies = {
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
    isRemoved: () => isRemoved,
    report: async (result) => void reports.push(result),
  };
  return { dependencies, tasks, reports, passed: () => now - 1_000 };
}

const work = (dependencies: TurnDependencies) =>
  workTurn({ ...next, batch: { ...next.batch, ranges: [] } }, 1_000, dependencies);

test("a turn continues without a budget until no write is ambiguous, and keeps its snapshot", async () => {
  const { dependencies, tasks, passed } = openTurn([AMBIGUOUS, AMBIGUOUS, DONE]);
  expect((await work(dependencies)).result).toEqual({ ...DONE, hasWritten: true });
  expect(tasks.map(({ turn, pass: call, budgetMs }) => [turn, call, budgetMs])).toEqual([
    [1_000, 0, 10_000],
    [1_000, 1, 0],
    [1_000, 2, 0],
  ]);
  expect(passed()).toBe(6_000);
});

test("a pass that resolves some ambiguous writes is followed by a short wait again", async () => {
  const three = { ...AMBIGUOUS, ambiguous: 3 };
  const { dependencies, passed } = openTurn([three, three, three, AMBIGUOUS, AMBIGUOUS, DONE]);
  await work(dependencies);
  expect(passed()).toBe(2_000 + 4_000 + 8_000 + 2_000 + 4_000);
});

test("a turn that failed as a whole gets another pass before the lane continues, and reports the reason to the batch", async () => {
  const fails = { nothingSent: false, reason: "the disk is full" };
  const { dependencies, tasks, reports } = openTurn([{ fails }, { fails }, DONE]);
  expect((await work(dependencies)).result.hasWritten).toBe(true);
  expect(tasks.map(({ turn }) => turn)).toEqual([1_000, 1_000, 1_000]);
  expect(reports.map(({ waitReason }) => waitReason)).toEqual(
    Array.from({ length: 2 }, () => ({ kind: "worker", reason: "the disk is full" })),
  );
});

test("a turn that failed before it sent anything frees the lane", async () => {
  const { dependencies, tasks } = openTurn([{ fails: { nothingSent: true, reason: "no such batch" } }]);
  const { result } = await work(dependencies);
  expect(result).toMatchObject({ deferred: 1, waitReason: { kind: "worker", reason: "no such batch" } });
  expect(tasks).toHaveLength(1);
});

test("a turn overtakes the lease of a later turn immediately if it is released, else after a minute", async () => {
  const heldBy = { token: "other", turn: 5_000, isReleased: true };
  const free = openTurn([{ fails: { nothingSent: true, reason: "taken", heldBy } }]);
  expect((await work(free.dependencies)).seenTurn).toBe(5_000);

  const lost = { nothingSent: false, reason: "taken" };
  const ambiguous = openTurn([AMBIGUOUS, { fails: { ...lost, heldBy } }, DONE]);
  await work(ambiguous.dependencies);
  expect(ambiguous.tasks.map(({ turn, leaseTurn }) => [turn, leaseTurn])).toEqual([
    [1_000, undefined],
    [1_000, undefined],
    [1_000, 5_001],
  ]);

  const unreleased = openTurn([
    AMBIGUOUS,
    ...Array.from({ length: 9 }, () => ({ fails: { ...lost, heldBy: { ...heldBy, isReleased: false } } })),
    DONE,
  ]);
  await work(unreleased.dependencies);
  expect(unreleased.tasks.at(3)?.leaseTurn).toBeUndefined();
  expect(unreleased.tasks.at(-1)).toMatchObject({ turn: 1_000, leaseTurn: 5_001 });
});

test("rejected credentials are reported while a write is ambiguous, and do not count towards giving up", async () => {
  const waitReason = { kind: "credentials", reason: "APIGW.0301" } as const;
  const blocked = openTurn([...Array.from({ length: 100 }, () => ({ ...AMBIGUOUS, waitReason })), DONE]);
  await work(blocked.dependencies);
  expect(blocked.passed()).toBeGreaterThan(3_600_000);
  expect([blocked.reports.length, blocked.tasks.some(({ isLast }) => isLast)]).toEqual([100, false]);

  const failing = openTurn([AMBIGUOUS]);
  expect((await work(failing.dependencies)).result).toEqual(AMBIGUOUS);
  expect(failing.tasks.map(({ isLast }) => isLast)).toEqual([...failing.tasks.slice(1).map(() => false), true]);
});

test("a removed batch waits about a minute for ambiguous writes", async () => {
  const { dependencies, tasks, passed } = openTurn([AMBIGUOUS], { isRemoved: true });
  await work(dependencies);
  expect([tasks.at(-1)?.isLast, passed()]).toEqual([true, 62_000]);
  const broken = openTurn([{ fails: { nothingSent: false, reason: "corrupt" } }], { isRemoved: true });
  expect((await work(broken.dependencies)).result.waitReason?.reason).toBe("corrupt");
});

test("a turn that is cut short gets another pass immediately", async () => {
  const { dependencies, tasks, passed } = openTurn(["is cut short", DONE]);
  await work(dependencies);
  expect([tasks.map(({ budgetMs }) => budgetMs), passed()]).toEqual([[10_000, 0], 0]);
});
