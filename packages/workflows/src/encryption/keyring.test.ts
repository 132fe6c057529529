import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { Keyring } from "./keyring.ts";

const base64 = (): string => randomBytes(32).toString("base64");

test("keys are read one a line or separated by commas, in base64 or as hex digits, with comments", () => {
  const hex = randomBytes(32).toString("hex");
  const keyring = Keyring.parse(`# of the team\r\n2026-11:${base64()} # current\n\n2026-05:${hex}, old.1:${base64()}`);
  expect([keyring.first.id, keyring.ids]).toEqual(["2026-11", ["2026-11", "2026-05", "old.1"]]);
  expect(keyring.find("2026-05")?.export().toString("hex")).toBe(hex);
  expect(keyring.find("2026")).toBeUndefined();
});

test.each([
  ["", "there is no key"],
  ["# nothing", "there is no key"],
  [base64(), "key 1 is not ID:KEY"],
  [`a:${base64()},b`, "key 2 is not ID:KEY"],
  [`${randomBytes(32).toString("base64url")}:a`, "key 1 is not ID:KEY"],
  [`a b:${base64()}`, "key 1 is not ID:KEY"],
  [`a:${randomBytes(16).toString("base64")}`, "key 1 (a) is not 32 bytes in base64"],
  [`a:${randomBytes(48).toString("base64")}`, "key 1 (a) is not 32 bytes in base64"],
  [`a:${base64()},a:${base64()}`, "key 2 has the id a, which another key has already"],
])("keys that cannot be used are an error that names the key and shows nothing of it: %#", (text, message) => {
  const secrets = text.split(/[,:\s]/).filter((part) => part.length > 10);
  const error = errorOf(text);
  expect(error).toContain(message);
  for (const secret of secrets) expect(error).not.toContain(secret);
});

function errorOf(text: string): string {
  try {
    Keyring.parse(text);
  } catch (error) {
    return String(error);
  }
  return "no error";
}
