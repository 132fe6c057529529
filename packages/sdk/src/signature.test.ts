import { expect, test } from "vitest";
import { signature } from "./signature.ts";

// The vendor's own example of the signing algorithm; the keys are sample keys from that page.
test("the signature of the documented example is right", async () => {
  const headers = new Headers({ "content-type": "application/json" });
  const auth = signature({
    accessKey: "QTWAOYTTINDUT2QVKYUC",
    secretKey: "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
    now: () => Date.parse("2019-11-15T03:36:55Z"),
  });
  await auth.authorize(
    {
      method: "GET",
      url: "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
      headers,
    },
    new AbortController(),
  );
  expect(headers.get("X-Sdk-Date")).toBe("20191115T033655Z");
  expect(headers.get("Authorization")).toBe(
    "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
  );
});

async function authorization(change: { body?: string; method?: string; securityToken?: string }) {
  const headers = new Headers({ "content-type": "application/json" });
  const auth = signature({
    accessKey: "A",
    secretKey: "S",
    securityToken: change.securityToken,
    domainId: "d",
    now: () => 0,
  });
  await auth.authorize(
    { method: change.method ?? "DELETE", url: "https://osm.example.com/a", headers, body: change.body },
    new AbortController(),
  );
  return headers.get("Authorization") ?? "";
}

test("the body is part of the signature, also for a delete", async () => {
  expect(await authorization({ body: "{}" })).not.toBe(await authorization({ body: "{ }" }));
  expect(await authorization({ body: "{}" })).toBe(await authorization({ body: "{}" }));
});

test("the scope and the token of temporary keys are part of the signature", async () => {
  expect(await authorization({ securityToken: "T" })).toContain(
    "SignedHeaders=content-type;host;x-domain-id;x-sdk-date;x-security-token,",
  );
});

test.each([
  [0, false],
  [14 * 60_000, false],
  [16 * 60_000, true],
  [-16 * 60_000, true],
])("a rejected request whose date was %d ms off is sent once more: %s", async (offMs, isSentAgain) => {
  const values = new Map<string, string>();
  const headers = {
    get: (name: string) => values.get(name) ?? null,
    has: (name: string) => values.has(name),
    set: (name: string, value: string) => void values.set(name, value),
    delete: (name: string) => void values.delete(name),
  };
  const request = { method: "GET", url: "https://osm.example.com/v2", headers, body: undefined };
  const auth = signature({ accessKey: "A", secretKey: "S" });
  await auth.authorize(request, { signal: new AbortController().signal });
  auth.recordServerTime?.(Date.now() + offMs);
  expect(auth.invalidate?.(request)).toBe(isSentAgain);
});

test.each([
  { accessKey: "", secretKey: "S" },
  { accessKey: "A", secretKey: "" },
  { accessKey: "A", secretKey: "S", securityToken: "a\nb" },
])("keys that cannot be used are an ArgumentError: %j", (options) => {
  expect(() => signature(options)).toThrow(expect.objectContaining({ name: "ArgumentError" }));
});
