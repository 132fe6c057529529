import { expect, test } from "vitest";
import { ConfigError } from "./config.ts";
import { ownVersion, readDeployment } from "./deployment.ts";

test("a worker has no version unless the environment names a deployment", async () => {
  expect(readDeployment({})).toBeUndefined();
  expect(readDeployment({ CASELINK_DEPLOYMENT: "" })).toBeUndefined();
  expect(await ownVersion(undefined)).toBeUndefined();
  expect(readDeployment({ CASELINK_DEPLOYMENT: "caselink-intl_2" })).toBe("caselink-intl_2");
});

test.each(["a.b", "a:b", "a b", "__a", "a".repeat(65), "ä"])("CASELINK_DEPLOYMENT=%s is a ConfigError", (name) => {
  expect(() => readDeployment({ CASELINK_DEPLOYMENT: name })).toThrow(
    new ConfigError(
      `CASELINK_DEPLOYMENT is "${name}"; it takes up to 64 letters, digits, - and _, and does not begin with __`,
    ),
  );
});
