import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { clientOptionsOf, ConfigError, readApiConfig, readIamEndpoint } from "./config.ts";

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

const TOKEN = { CASELINK_TOKEN: "t" };

test.each([
  ["cn", "https://osm.cn-south-1.myhuaweicloud.com", "cn"],
  ["intl", "https://osm.ap-southeast-3.myhuaweicloud.com", "intl"],
  ["eu", "https://osm.eu-west-101.myhuaweicloud.eu", undefined],
])("CASELINK_SITE=%s names the API and the site for X-Site", (name, endpoint, site) => {
  const config = readApiConfig({ ...TOKEN, CASELINK_SITE: name });
  expect(clientOptionsOf(config)).toMatchObject({ endpoint, site });
  const own = "https://osm.example.com";
  const atOwn = readApiConfig({ ...TOKEN, CASELINK_SITE: name, CASELINK_ENDPOINT: own });
  expect(clientOptionsOf(atOwn)).toMatchObject({ endpoint: own, site });
});

test("without CASELINK_SITE no site is sent", () => {
  const config = readApiConfig({ ...TOKEN, CASELINK_ENDPOINT: "https://osm.example.com", CASELINK_SITE: "" });
  expect(clientOptionsOf(config).site).toBeUndefined();
});

test.each(["CN", "0", "toString", "de"])("CASELINK_SITE=%s is a ConfigError, also next to an endpoint", (name) => {
  for (const endpoint of [undefined, "https://osm.example.com"])
    expect(() => readApiConfig({ ...TOKEN, CASELINK_SITE: name, CASELINK_ENDPOINT: endpoint })).toThrow(
      new ConfigError(`CASELINK_SITE in the environment is "${name}", which is no site: set it to cn, intl or eu`),
    );
});

test("IAM's address is that of the site, unless the environment names another", () => {
  expect(readIamEndpoint({ CASELINK_SITE: "eu" })).toBe("https://iam.eu-west-101.myhuaweicloud.eu");
  expect(readIamEndpoint({ CASELINK_SITE: "intl" })).toBe("https://iam.myhuaweicloud.com");
  expect(readIamEndpoint({ CASELINK_SITE: "eu", CASELINK_IAM_ENDPOINT: "https://iam.example.com" })).toBe(
    "https://iam.example.com",
  );
  expect(readIamEndpoint({})).toBeUndefined();
});

const USER = { CASELINK_IAM_USER: "u", CASELINK_IAM_PASSWORD: "p", CASELINK_IAM_DOMAIN: "d" };
const KEY = { HUAWEICLOUD_SDK_AK: "KEYID", HUAWEICLOUD_SDK_SK: "secret" };

test("the account depends on user and domain or on the access key, and on nothing secret", () => {
  const accounts = [
    accountIn(USER),
    accountIn({ ...USER, CASELINK_IAM_USER: "other" }),
    accountIn({ ...USER, CASELINK_IAM_DOMAIN: "other" }),
    accountIn(KEY),
    accountIn({ ...KEY, HUAWEICLOUD_SDK_AK: "OTHERID" }),
  ];
  expect(new Set(accounts).size).toBe(5);
  for (const account of accounts) expect(account).toMatch(/^[0-9a-f]{16}$/);
  expect(accountIn({ ...USER, CASELINK_IAM_PASSWORD: "new" })).toBe(accounts[0]);
  expect(accountIn({ ...KEY, HUAWEICLOUD_SDK_SK: "new" })).toBe(accounts[3]);
  expect(accountIn(TOKEN)).toBeUndefined();
});

const accountIn = (env: NodeJS.ProcessEnv): string | undefined =>
  readApiConfig({ CASELINK_ENDPOINT: "https://osm.example.com", ...env }).account;
