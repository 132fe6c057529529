import { BatchClient } from "@caselink/workflows";
import { Client } from "@temporalio/client";
import { expect, test } from "vitest";
import { useEngine, type Engine } from "./engine.ts";
import { Output } from "../output.ts";

function engineOf(parts: Pick<Engine, "lost" | "close">): Engine {
  return {
    batches: new BatchClient(new Client()),
    webPage: () => undefined,
    whenLeft: "",
    whenSilent: undefined,
    ...parts,
  };
}

const never = new Promise<never>(() => undefined);

test("a worker that fails ends what waits for an answer of it, and Temporal is left", async () => {
  let isLeft = false;
  const close = async () => void (isLeft = true);
  const engine = engineOf({ lost: Promise.reject(new Error("the worker has failed")), close });
  await expect(useEngine(engine, new Output(process, {}), () => never)).rejects.toThrow("the worker has failed");
  expect(isLeft).toBe(true);
});

test("what fails when Temporal is left is told, and changes nothing of what was done", async () => {
  const notes: string[] = [];
  const output = new (class extends Output {
    override note(text: string): void {
      notes.push(text);
    }
  })(process, {});
  const lastWords = new Error("the worker is still in use");
  const engine = engineOf({ lost: never, close: () => Promise.reject(lastWords) });
  expect(await useEngine(engine, output, async () => 130)).toBe(130);
  expect(notes).toEqual([expect.stringContaining("the worker is still in use")]);
});
