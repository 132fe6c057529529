import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BUCKET,
  startObjectStorage,
  whyNoObjectStorage,
  type ObjectStorage,
} from "../../../test/object-storage/start-object-storage.ts";
import { openS3Objects, readRegion } from "../src/store/s3-client.ts";
import { S3Objects } from "../src/store/s3-objects.ts";
import { createS3Store } from "../src/store/s3-store.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const LOCATION = `s3://${BUCKET}/store`;
const code = (expected: string) => expect.objectContaining({ code: expected });

describe.skipIf(whyNoObjectStorage !== undefined)("object storage", () => {
  let storage: ObjectStorage;
  beforeAll(async () => {
    storage = await startObjectStorage();
    Object.assign(process.env, storage.env);
  });
  afterAll(() => storage[Symbol.asyncDispose]());

  /** The storage as one that takes conditions of writes and heeds none of them. */
  function heedless(): S3Objects {
    const client = new S3Client({ region: "us-east-1", endpoint: storage.url, forcePathStyle: true });
    client.middlewareStack.add(
      (next) => async (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        delete headers["if-none-match"];
        delete headers["if-match"];
        return next(args);
      },
      { step: "build" },
    );
    return new S3Objects(client, {
      bucket: BUCKET,
      host: undefined,
      region: undefined,
      keyOf: (path) => `store/${path}`,
    });
  }

  test("a write over what another process wrote since is refused, and a new look makes it possible", async () => {
    const [one, two] = [createS3Store(LOCATION), createS3Store(LOCATION)];
    expect(await one.readText("a/one")).toBeUndefined();
    expect(await two.readText("a/one")).toBeUndefined();
    await two.write("a/one", "of two");
    await expect(one.write("a/one", "of one")).rejects.toThrow(code("conflict"));
    expect(await one.readText("a/one")).toBe("of two");
    await one.write("a/one", "of one");
    await expect(two.write("a/one", "late")).rejects.toThrow(code("conflict"));
    await two.overwrite("a/one", "whatever is there");
    expect(await one.readText("a/one")).toBe("whatever is there");
  });

  test("a write whose answer is lost is known as this process's own when it is repeated", async () => {
    await using proxy = await startLossyProxy(storage.url);
    const objects = openS3Objects(
      { bucket: BUCKET, prefix: "store" },
      { ...storage.env, AWS_ENDPOINT_URL_S3: proxy.url },
    );
    await objects.honoursConditions();
    proxy.loseNext("PUT");
    expect(await objects.put("store/lost/once", "text", "absent")).toBeDefined();
    proxy.loseNext("PUT");
    const { version = "" } = (await objects.get("store/lost/once")) ?? {};
    expect(await objects.put("store/lost/once", "text 2", { version })).toBeDefined();
    expect(proxy.lost).toBe(2);
    expect(await objects.put("store/lost/once", "other", "absent")).toBeUndefined();
  });

  test("storage that does not heed conditions is recognised, and a file that is there stays", async () => {
    expect(await openS3Objects({ bucket: BUCKET, prefix: "store" }).honoursConditions()).toBe(true);
    expect(await heedless().honoursConditions()).toBe(false);
    const store = createS3Store(LOCATION, () => Promise.resolve(heedless()));
    expect(await store.writeOnce("b/once", "first")).toBe(true);
    expect(await store.writeOnce("b/once", "second")).toBe(false);
    expect(await store.readText("b/once")).toBe("first");
    // Both have looked before either has written: the one whose write was replaced is told.
    const wins = await Promise.all(["one", "two"].map((text) => heedless().put("store/b/race", text, "absent")));
    expect(wins.filter((version) => version !== undefined)).toHaveLength(1);
  });

  test("a file too large for the memory is sent as a stream and comes back as it was", async () => {
    await using temporary = await createTemporaryLedger();
    const content = randomBytes(17 << 20);
    const file = await temporary.write("large", content);
    const objects = openS3Objects({ bucket: BUCKET, prefix: "store" });
    await objects.upload("store/large", file);
    expect(await objects.download("store/large", temporary.path("back"))).toBe(true);
    expect(content.equals(await readFile(temporary.path("back")))).toBe(true);
    expect(await objects.download("store/none", temporary.path("none"))).toBe(false);
  });

  test("more objects than an answer lists are all listed and all removed", async () => {
    const store = createS3Store(LOCATION);
    const names = Array.from({ length: 1_100 }, (_, index) => String(index).padStart(5, "0"));
    for (let first = 0; first < names.length; first += 50) {
      await Promise.all(names.slice(first, first + 50).map((name) => store.overwrite(`many/${name}`, name)));
    }
    expect(await store.list("many")).toEqual(names);
    expect(await store.removeTree("many", "00000")).toBe(true);
    expect(await store.list("many")).toEqual([]);
  }, 60_000);

  test.for([
    [503, "unavailable"],
    [429, "unavailable"],
    [403, "configuration"],
    [400, "storage"],
  ] as const)("an answer %i is told as %s, without what the server said", async ([status, expected]) => {
    await using server = await startAnswering(
      status,
      "<Error><Code>Odd</Code><Message>KEY-IN-MESSAGE</Message></Error>",
    );
    const objects = openS3Objects({ bucket: BUCKET, prefix: "" }, { ...storage.env, AWS_ENDPOINT_URL_S3: server.url });
    const failure = await objects.get("x").catch((error: unknown) => error);
    expect(failure).toEqual(code(expected));
    expect(String(failure)).not.toContain("KEY-IN-MESSAGE");
  });

  test("the region is the environment's, or the one in a host of Huawei Cloud", () => {
    const huawei = new URL("https://obs.cn-north-4.myhuaweicloud.com");
    expect(readRegion({ AWS_REGION: "a", AWS_DEFAULT_REGION: "b" }, huawei)).toBe("a");
    expect(readRegion({ AWS_DEFAULT_REGION: "b" }, huawei)).toBe("b");
    expect(readRegion({}, huawei)).toBe("cn-north-4");
    expect(readRegion({}, new URL(storage.url))).toBe("us-east-1");
    expect(readRegion({}, undefined)).toBeUndefined();
  });
});

interface Served extends AsyncDisposable {
  url: string;
}

async function serve(server: Server): Promise<Served> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const startAnswering = (status: number, body: string): Promise<Served> =>
  serve(
    createServer((request, response) => {
      request.resume();
      response.writeHead(status, { "content-type": "application/xml" }).end(body);
    }),
  );

/** Passes requests on, host and all, so that their signatures hold; and drops an answer when told to. */
async function startLossyProxy(target: string): Promise<Served & { loseNext(method: string): void; lost: number }> {
  let losing: string | undefined;
  const { hostname, port } = new URL(target);
  const http = await import("node:http");
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    const onward = http.request({ hostname, port, method, path, headers }, (answer) => {
      if (losing === method) {
        losing = undefined;
        proxy.lost++;
        answer.resume().once("end", () => response.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  const proxy = Object.assign(await serve(server), { lost: 0, loseNext: (method: string) => void (losing = method) });
  return proxy;
}
