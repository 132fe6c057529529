import { randomBytes } from "node:crypto";
import { defaultPayloadConverter, type Payload } from "@temporalio/common";
import { expect, test } from "vitest";
import { Keyring } from "./keyring.ts";
import { PayloadEncryption, PayloadKeyError } from "./payload-encryption.ts";

const [old, current] = [randomBytes(32), randomBytes(32)].map((key) => key.toString("base64"));
const before = new PayloadEncryption(Keyring.parse(`old:${old}`));
const rotated = new PayloadEncryption(Keyring.parse(`new:${current}\nold:${old}`));
const payload = defaultPayloadConverter.toPayload({ batchId: "visible" });

const textOf = ({ metadata, data }: Payload): string =>
  [...Object.values(metadata ?? {}), data ?? []].map((bytes) => Buffer.from(bytes).toString("latin1")).join("\n");

async function encrypt(codec: PayloadEncryption): Promise<Payload> {
  const [encrypted] = await codec.encode([payload]);
  if (!encrypted) throw new Error("nothing was encrypted");
  return encrypted;
}

const valueOf = async (codec: PayloadEncryption, encrypted: Payload): Promise<unknown> =>
  defaultPayloadConverter.fromPayload((await codec.decode([encrypted]))[0] ?? {});

const keyErrorOf = async (codec: PayloadEncryption, encrypted: Payload): Promise<PayloadKeyError> => {
  const error = await codec.decode([encrypted]).catch((cause: unknown) => cause);
  if (!(error instanceof PayloadKeyError)) throw error;
  return error;
};

test("a payload is encrypted with the first key and names it, and each time differs", async () => {
  const [one, other] = [await encrypt(rotated), await encrypt(rotated)];
  expect(textOf(one)).not.toMatch(/visible|json/);
  expect(textOf(one)).toMatch(/^binary\/encrypted\nnew\n/);
  expect(Buffer.from(one.data ?? []).equals(Buffer.from(other.data ?? []))).toBe(false);
  expect(await valueOf(rotated, one)).toEqual({ batchId: "visible" });
});

test("after a rotation, payloads of earlier keys and those that are not encrypted stay readable", async () => {
  expect(await valueOf(rotated, await encrypt(before))).toEqual({ batchId: "visible" });
  for (const codec of [rotated, new PayloadEncryption(undefined)])
    expect(await valueOf(codec, payload)).toEqual({ batchId: "visible" });
});

test("without keys nothing is encrypted", async () => {
  expect(await new PayloadEncryption(undefined).encode([payload])).toEqual([payload]);
});

test("a key that is missing is named, with those that are there and what to do", async () => {
  const encrypted = await encrypt(rotated);
  const { keyId, message } = await keyErrorOf(before, encrypted);
  expect(keyId).toBe("new");
  expect(message).toContain("encrypted with the key new, and the keys here are old");
  expect(message).toContain("CASELINK_ENCRYPTION_KEY_FILE");
  expect((await keyErrorOf(new PayloadEncryption(undefined), encrypted)).message).toContain("there are no keys here");
});

test("a payload that was changed, or another key of the same id, is an error without the payload", async () => {
  const encrypted = await encrypt(rotated);
  const data = Buffer.from(encrypted.data ?? []);
  data.writeUInt8(data.readUInt8(20) ^ 1, 20);
  const other = new PayloadEncryption(Keyring.parse(`new:${old}`));
  for (const error of [
    await keyErrorOf(rotated, { ...encrypted, data }),
    await keyErrorOf(rotated, { ...encrypted, data: data.subarray(0, 5) }),
    await keyErrorOf(rotated, { ...encrypted, data: null }),
    await keyErrorOf(other, encrypted),
  ])
    expect(error.message).toMatch(/cannot be decrypted with the key new: .* or was changed/);
});

test("the id of a key in a payload is shown only if it can be one", async () => {
  const encrypted = await encrypt(rotated);
  const metadata = { ...encrypted.metadata, "encryption-key-id": Buffer.from("\u001B[31m evil") };
  expect((await keyErrorOf(rotated, { ...encrypted, metadata })).message).not.toContain("evil");
});
