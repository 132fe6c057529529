import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { readApiConfig } from "./config.ts";

test("signing in with a password uses the Node transport, which reads tokens of 100,000 characters", async () => {
  const token = "t".repeat(100_000);
  const iam = createServer((_request, response) => response.writeHead(201, { "x-subject-token": token }).end("{}"));
  iam.listen(0, "127.0.0.1");
  await once(iam, "listening");
  onTestFinished(() => void iam.close());
  const { authentication } = readApiConfig({
    CASELINK_ENDPOINT: "http://127.0.0.1:1",
    CASELINK_IAM_ENDPOINT: `http://127.0.0.1:${(iam.address() as AddressInfo).port}`,
    CASELINK_IAM_USER: "u",
    CASELINK_IAM_PASSWORD: "p",
    CASELINK_IAM_DOMAIN: "d",
  });
  const headers = new Headers();
  const { signal } = new AbortController();
  await authentication.authorize({ method: "GET", url: "http://127.0.0.1:1/", headers }, { signal });
  expect(headers.get("X-Auth-Token")).toBe(token);
});
