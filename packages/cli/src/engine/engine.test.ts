import { BatchClient } from "@caselink/workflows";
import { Client } from "@temporalio/client";
import { expect, test } from "vitest";
import { useEngine, type Engine } from "./engine.ts";
import { Output } from "../output.ts";

function engineOf(parts: Pick<Engine, "lost" | "close">): Engine {
  return {
    batches: new BatchClient(new Client()),
    webPage: () => undefined,
    detachHint: "",
    noWorkerHint: undefined,
    ...parts,
  };
}

const never = new Promise<never>(() => undefined);

test("a worker that fails ends the work that waits for it, and Temporal is closed", async () => {
  let isClosed = false;
  const close = async () => void (isClosed = true);
  const engine = engineOf({ lost: Promise.reject(new Error("the worker has failed")), close });
  await expect(useEngine(engine, new Output(process, {}), () => never)).rejects.toThrow("the worker has failed");
  expect(isClosed).toBe(true);
});

test("a failure to close Temporal is printed and does not change the result of the work", async () => {
  const notes: string[] = [];
  const output = new (class extends Output {
    override note(text: string): void {
      notes.push(text);
    }
  })(process, {});
  const failure = new Error("the worker is still in use");
  const engine = engineOf({ lost: never, close: () => Promise.reject(failure) });
  expect(await useEngine(engine, output, async () => 130)).toBe(130);
  expect(notes).toEqual([expect.stringContaining("the worker is still in use")]);
});
