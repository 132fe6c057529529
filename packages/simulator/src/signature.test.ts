import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { canonicalRequestOf, parseAuthorization, parseSdkDate, signatureOf, type SignedRequest } from "./signature.ts";

/** Source: "API Signing Guide", the worked example of the algorithm's page. */
const EXAMPLE: SignedRequest = {
  method: "GET",
  target: "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
  headers: {
    "content-type": "application/json",
    host: "service.region.example.com",
    "x-sdk-date": "20191115T033655Z",
  },
  body: new Uint8Array(),
};
const SIGNED_HEADERS = ["content-type", "host", "x-sdk-date"];

test("the signature of the vendor's worked example is right", () => {
  const requestHash = createHash("sha256").update(canonicalRequestOf(EXAMPLE, SIGNED_HEADERS)).digest("hex");
  expect(requestHash).toBe("b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a");
  expect(signatureOf(EXAMPLE, SIGNED_HEADERS, "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")).toBe(
    "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
  );
});

test("the canonical request has encoded path segments, a final slash and a sorted query", () => {
  const request = { ...EXAMPLE, target: "/v2/a%20b/(c)'*!/%E5%B7%A5?b=2&a=%2f&a=&c&b=1" };
  const [, path, query] = canonicalRequestOf(request, ["host"]).split("\n");
  expect(path).toBe("/v2/a%20b/%28c%29%27%2A%21/%E5%B7%A5/");
  expect(query).toBe("a=&a=%2F&b=1&b=2&c=");
});

test("the canonical request has trimmed header values and accepts an unsigned payload", () => {
  const headers = { ...EXAMPLE.headers, host: "  h  ", "x-sdk-content-sha256": "UNSIGNED-PAYLOAD" };
  const lines = canonicalRequestOf({ ...EXAMPLE, headers, body: Buffer.from("{}") }, ["host"]).split("\n");
  expect(lines.slice(3)).toEqual(["host:h", "", "host", "UNSIGNED-PAYLOAD"]);
});

test("an Authorization header is parsed only if it is of this algorithm", () => {
  const signature = "0".repeat(64);
  expect(
    parseAuthorization(`SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=${signature}`),
  ).toEqual({
    accessKey: "AK",
    signedHeaders: ["host", "x-sdk-date"],
    signature,
  });
  expect(parseAuthorization("Bearer token")).toBeUndefined();
  expect(parseAuthorization(`SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=short`)).toBeUndefined();
});

test("X-Sdk-Date is parsed as UTC", () => {
  expect(parseSdkDate("20191115T033655Z")).toBe(Date.UTC(2019, 10, 15, 3, 36, 55));
  expect(parseSdkDate("2019-11-15T03:36:55Z")).toBeUndefined();
  expect(parseSdkDate("20191315T033655Z")).toBeUndefined();
});
