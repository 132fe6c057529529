import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSimulatorConfig } from "./load-simulator-config.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "simulator-config-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

test("a configuration is read from a JSON file with or without a byte order mark", async () => {
  expect(await loadSimulatorConfig(await write("a.json", '{"latencyMs":5}'))).toEqual({ latencyMs: 5 });
  expect(await loadSimulatorConfig(await write("b.json", '\uFEFF{"seed":2}'))).toEqual({ seed: 2 });
});

test("a configuration error names the file and the invalid setting", async () => {
  const file = await write("wrong.json", '{"faults":{"create":{"lost":0.1}}}');
  await expect(loadSimulatorConfig(file)).rejects.toThrow(`${file}: faults.create.lost is not a setting`);
});

test("an error names a file that cannot be read or is not JSON, without quoting its content", async () => {
  const missing = path.join(folder, "missing.json");
  await expect(loadSimulatorConfig(missing)).rejects.toThrow(`${missing}: cannot be read (ENOENT)`);
  const broken = await write("broken.json", '{"tokens":["hidden-token"]]');
  const error: unknown = await loadSimulatorConfig(broken).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(/broken\.json: is not JSON/u);
  expect(String(error)).not.toContain("hidden-token");
});
