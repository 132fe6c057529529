import { expect, test } from "vitest";
import { runAll } from "./run-all.ts";

test("takes the steps after one that failed, and tells the first failure", async () => {
  const taken: string[] = [];
  const failing = (name: string) => async () => {
    taken.push(name);
    throw new Error(`${name} is still in use`);
  };
  const steps = [failing("worker"), () => void taken.push("client"), failing("server"), () => void taken.push("last")];
  await expect(runAll(steps)).rejects.toThrow("worker is still in use");
  expect(taken).toEqual(["worker", "client", "server", "last"]);
});
