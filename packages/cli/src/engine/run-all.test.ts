import { expect, test } from "vitest";
import { runAll } from "./run-all.ts";

test("all steps run although one fails, and the first failure is thrown", async () => {
  const taken: string[] = [];
  const failing = (name: string) => async () => {
    taken.push(name);
    throw new Error(`${name} is still in use`);
  };
  const steps = [failing("worker"), () => void taken.push("client"), failing("server"), () => void taken.push("last")];
  await expect(runAll(steps)).rejects.toThrow("worker is still in use");
  expect(taken).toEqual(["worker", "client", "server", "last"]);
});
