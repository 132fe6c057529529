import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "./config.ts";
import { namesCluster, readTemporalConfig } from "./temporal-config.ts";

async function readToml(toml: string, env: NodeJS.ProcessEnv = {}) {
  const folder = await mkdtemp(join(tmpdir(), "caselink-toml-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "temporal.toml");
  await writeFile(file, toml);
  return readTemporalConfig({ TEMPORAL_CONFIG_FILE: file, ...env });
}

test("a variable that is empty counts as not set", () => {
  const config = readTemporalConfig({ TEMPORAL_ADDRESS: "", TEMPORAL_API_KEY: "", TEMPORAL_TLS: "", HOME: "/nowhere" });
  expect(namesCluster(config)).toBe(false);
  expect(config.connectionOptions).toMatchObject({ apiKey: undefined, tls: undefined });
});

test("variables take precedence over temporal.toml, and an empty one of a header removes the header", async () => {
  const toml =
    '[profile.default]\naddress = "a:7233"\nnamespace = "one"\n[profile.default.grpc_meta]\nx-team = "red"\n';
  const { connectionOptions, namespace } = await readToml(toml, { TEMPORAL_NAMESPACE: "two" });
  expect([namespace, connectionOptions.address, connectionOptions.metadata]).toEqual([
    "two",
    "a:7233",
    { "x-team": "red" },
  ]);
  const without = await readToml(toml, { TEMPORAL_GRPC_META_X_TEAM: "" });
  expect(without.connectionOptions.metadata).toEqual({});
});

test("an error of temporal.toml shows no line of the file", async () => {
  const reading = readToml('[profile.default]\napi_key = "canary-key\naddress = 7');
  await expect(reading).rejects.toThrow(ConfigError);
  await expect(reading).rejects.toThrow(/^the Temporal configuration \(TEMPORAL_\*, temporal.toml\) cannot be read: /);
  await expect(reading).rejects.not.toThrow(/canary/);
});

test("a temporal.toml without profiles is an error that names the section", async () => {
  await expect(readToml("")).rejects.toThrow("temporal.toml has no section [profile.default]");
});

test("an API key is not sent without TLS, except to this machine", () => {
  const env = { TEMPORAL_API_KEY: "key", TEMPORAL_TLS: "false" };
  expect(() => readTemporalConfig({ ...env, TEMPORAL_ADDRESS: "temporal.example.com:7233" })).toThrow(
    "others on the network could read the key",
  );
  expect(namesCluster(readTemporalConfig({ ...env, TEMPORAL_ADDRESS: "127.0.0.1:7233" }))).toBe(true);
});

test("switching the check of the host off is an error, because it would have no effect", () => {
  const env = { TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: "true" };
  expect(() => readTemporalConfig(env)).toThrow("TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported");
  expect(() => readTemporalConfig({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: "false" })).not.toThrow();
});
