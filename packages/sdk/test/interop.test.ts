// The official Python client against the simulator, and its signer compared with ours.
import { execFile, spawn } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { startSimulator } from "@caselink/simulator";
import { beforeAll, expect, test, type TestContext } from "vitest";
import { signature } from "../src/index.ts";
import { runtimeCache } from "./support/runtimes.ts";

const run = promisify(execFile);
const VERSION = "3.1.211";
const cache = path.join(runtimeCache, `huaweicloudsdkosm-${VERSION}`);
const python = path.join(cache, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
const scripts = path.join(import.meta.dirname, "interop");
const KEY = { accessKey: "DEMOACCESSKEY", secretKey: "demo-secret-key" };

/** Why the official client cannot be installed here. */
let obstacle: string | undefined;

beforeAll(async () => {
  try {
    await access(path.join(cache, "installed"));
    return;
  } catch {
    // Not here yet.
  }
  try {
    await mkdir(path.dirname(cache), { recursive: true });
    await run("python3", ["-m", "venv", cache], { timeout: 60_000 });
    await run(python, ["-m", "pip", "install", "--quiet", `huaweicloudsdkosm==${VERSION}`], { timeout: 120_000 });
    await mkdir(path.join(cache, "installed"));
  } catch (error) {
    obstacle = `the official Python client cannot be installed: ${String(error).split("\n", 1)[0]}`;
  }
}, 200_000);

function needsPython(context: TestContext): void {
  if (obstacle === undefined) return;
  console.log(`skipped: ${obstacle}`);
  context.skip(obstacle);
}

test("the official Python client works against the simulator, which checks its signatures", async (context) => {
  needsPython(context);
  await using simulator = await startSimulator();
  const args = [path.join(scripts, "official_client.py"), simulator.url, KEY.accessKey, KEY.secretKey, "domain"];
  const { stdout } = await run(python, args, { env: { ...process.env, HOME: cache } });
  expect(stdout.trim().split(/\r?\n/)).toEqual(["200", "['a', 'b']", "200"]);
  expect([...simulator.tickets()]).toEqual([["P 1~é", ["b"]]]);

  const wrong = run(python, [...args.slice(0, 3), "another-key", "domain"], { env: { ...process.env, HOME: cache } });
  await expect(wrong).rejects.toThrow(/APIGW\.0301/);
});

// The official client signs an encoded slash in an id like a slash of the path, and sorts repeated parameters before it
// encodes them. The document does neither, and this API has no such requests.
test("the signatures are identical to those of the official client", async (context) => {
  needsPython(context);
  const contentType = { "Content-Type": "application/json" };
  const scope = { "X-Domain-Id": "d-1", "X-Security-Token": "temporary" };
  const requests: { method: string; path: string; query?: [string, string][]; headers?: object; body?: string }[] = [
    { method: "GET", path: "/" },
    { method: "GET", path: "/v2/servicerequest/cases/T1/relations", headers: contentType },
    { method: "GET", path: "/v2/a%20b~c/%C3%A9(1)!*'" },
    {
      method: "GET",
      path: "/v2/x/",
      query: [
        ["b", "2"],
        ["a", "2 &=é"],
        ["a", "1"],
        ["empty", ""],
      ],
    },
    { method: "POST", path: "/v2/x", headers: { ...contentType, ...scope }, body: '{"related_id_list":["票"]}' },
    { method: "DELETE", path: "/v2/x", headers: contentType, body: '{"related_id":"a"}' },
    { method: "DELETE", path: "/v2/x", headers: contentType },
  ];
  const now = Date.parse("2026-03-01T12:00:00Z");
  const ours: string[] = [];
  const asked: string[] = [];
  for (const { method, path: resource, query = [], headers: given = {}, body } of requests) {
    const headers = new Headers(Object.entries(given));
    const search = query.length === 0 ? "" : `?${new URLSearchParams(query).toString()}`;
    const url = `https://osm.example.com${resource}${search}`;
    const signer = signature({
      ...KEY,
      now: () => now,
      domainId: headers.get("X-Domain-Id") ?? undefined,
      securityToken: headers.get("X-Security-Token") ?? undefined,
    });
    await signer.authorize({ method, url, headers, body }, new AbortController());
    ours.push(headers.get("Authorization") ?? "");
    const theirs = { ...given, "X-Sdk-Date": "20260301T120000Z" };
    asked.push(
      JSON.stringify({ method, host: "osm.example.com", path: resource, query, headers: theirs, body: body ?? "" }),
    );
  }
  const official = spawn(python, [path.join(scripts, "official_signer.py"), KEY.accessKey, KEY.secretKey], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  official.stdin.end(`${asked.join("\n")}\n`);
  expect(ours).toEqual((await text(official.stdout)).trim().split(/\r?\n/));
});
