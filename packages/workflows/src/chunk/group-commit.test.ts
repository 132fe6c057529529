import { expect, test } from "vitest";
import { GroupCommit } from "./group-commit.ts";

/** A store whose writes, and a wait whose end, are controlled by the test. */
function openLog() {
  const added: string[] = [];
  const stored: string[][] = [];
  const writes: PromiseWithResolvers<void>[] = [];
  const waits: PromiseWithResolvers<void>[] = [];
  const state = { isComplete: false };
  const commits = new GroupCommit({
    store: () => {
      stored.push([...added]);
      const write = Promise.withResolvers<void>();
      writes.push(write);
      return write.promise;
    },
    isComplete: () => state.isComplete,
    sleep: () => {
      const wait = Promise.withResolvers<void>();
      waits.push(wait);
      return wait.promise;
    },
  });
  const add = (line: string): Promise<void> => {
    added.push(line);
    return commits.join();
  };
  return { add, commits, state, stored, writes, waits };
}

test("callers that join at the same time share one write, and none continues before it has ended", async () => {
  const log = openLog();
  let ended = 0;
  const all = ["a", "b", "c"].map((line) => log.add(line).then(() => ended++));
  expect(log.stored).toEqual([]);
  log.state.isComplete = true;
  log.commits.flushIfReady();
  expect(log.stored).toEqual([["a", "b", "c"]]);
  await Promise.resolve();
  expect(ended).toBe(0);
  log.writes[0]?.resolve();
  await Promise.all(all);
});

test("a caller that joins during a write waits for the next write, which contains everything", async () => {
  const log = openLog();
  log.state.isComplete = true;
  const first = log.add("a");
  const second = log.add("b");
  expect(log.stored).toEqual([["a"]]);
  log.writes[0]?.resolve();
  await first;
  await expect.poll(() => log.stored).toEqual([["a"], ["a", "b"]]);
  log.writes[1]?.resolve();
  await second;
});

test("an incomplete group is written after 250 ms", async () => {
  const log = openLog();
  const line = log.add("a");
  log.waits[0]?.resolve();
  await expect.poll(() => log.stored).toEqual([["a"]]);
  log.writes[0]?.resolve();
  await line;
});

test("a failed write rejects the callers that wait for it, and not the next ones", async () => {
  const log = openLog();
  log.state.isComplete = true;
  const first = log.add("a");
  const second = log.add("b");
  log.writes[0]?.reject(new Error("the disk is full"));
  await expect(first).rejects.toThrow("the disk is full");
  await expect.poll(() => log.writes.length).toBe(2);
  log.writes[1]?.resolve();
  await second;
});
