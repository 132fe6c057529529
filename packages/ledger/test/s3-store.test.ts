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
import { readNewestResults, writeResults } from "../src/chunk/chunk-files.ts";
import { createLease, holdsLease, readNewestLease } from "../src/chunk/lease-record.ts";
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

  /** A client without the condition headers: the storage behaves like one that ignores conditions of writes. */
  function ignoringConditions(): S3Objects {
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
      addressStyle: "path",
      region: undefined,
      keyOf: (path) => `store/${path}`,
    });
  }

  test("a write fails if another process wrote the file since it was read, and succeeds after reading again", async () => {
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

  test("a conditional write succeeds although the response to its first try is lost", async () => {
    await using proxy = await startLossyProxy(storage.url);
    const objects = openS3Objects(
      { bucket: BUCKET, prefix: "store" },
      { ...storage.env, AWS_ENDPOINT_URL_S3: proxy.url },
    );
    await objects.createsOnce();
    proxy.loseNext("PUT");
    expect(await objects.put("store/lost/once", "text", "absent")).toBeDefined();
    proxy.loseNext("PUT");
    const { version = "" } = (await objects.get("store/lost/once")) ?? {};
    expect(await objects.put("store/lost/once", "text 2", { version })).toBeDefined();
    expect(proxy.lost).toBe(2);
    expect(await objects.put("store/lost/once", "other", "absent")).toBeUndefined();
  });

  test("a write that is on its way while others store newer versions replaces nothing when it arrives", async () => {
    await using proxy = await startLossyProxy(storage.url);
    const slowly = openS3Objects(
      { bucket: BUCKET, prefix: "store" },
      { ...storage.env, AWS_ENDPOINT_URL_S3: proxy.url },
    );
    await slowly.createsOnce();
    const slow = createS3Store(LOCATION, () => Promise.resolve(slowly));
    const fast = createS3Store(LOCATION);
    expect(await writeResults(fast, "b1", "a-00000", [{ row: 1, attempts: 1 }])).toBe(1);
    const held = proxy.holdNext("PUT");
    const late = writeResults(slow, "b1", "a-00000", [{ row: 1, attempts: 9 }], 1);
    await held.arrived;
    expect(await writeResults(fast, "b1", "a-00000", [{ row: 1, attempts: 2 }], 1)).toBe(2);
    held.forward();
    await expect(late).rejects.toThrow(code("conflict"));
    expect(await readNewestResults(fast, "b1", "a-00000")).toEqual({ version: 2, lines: [{ row: 1, attempts: 2 }] });
  });

  test("on storage that ignores conditions, results are stored as the next version", async () => {
    const store = createS3Store(LOCATION, () => Promise.resolve(ignoringConditions()));
    expect(await writeResults(store, "b2", "a-00000", [{ row: 1, attempts: 1 }], 0)).toBe(1);
    expect(await writeResults(store, "b2", "a-00000", [{ row: 1, attempts: 2 }], 1)).toBe(2);
    const late = writeResults(store, "b2", "a-00000", [{ row: 1, attempts: 9 }], 1);
    await expect(late).rejects.toThrow(code("conflict"));
    expect(await readNewestResults(store, "b2", "a-00000")).toEqual({ version: 2, lines: [{ row: 1, attempts: 2 }] });
  });

  test("on storage that ignores conditions, writeOnce leaves an existing file unchanged", async () => {
    expect(await openS3Objects({ bucket: BUCKET, prefix: "store" }).createsOnce()).toBe(true);
    expect(await ignoringConditions().createsOnce()).toBe(false);
    const store = createS3Store(LOCATION, () => Promise.resolve(ignoringConditions()));
    expect(await store.writeOnce("b/once", "first")).toBe(true);
    expect(await store.writeOnce("b/once", "second")).toBe(false);
    expect(await store.readText("b/once")).toBe("first");
    // Both check before either writes: the write that was replaced reports failure.
    const wins = await Promise.all(
      ["one", "two"].map((text) => ignoringConditions().put("store/b/race", text, "absent")),
    );
    expect(wins.filter((version) => version !== undefined)).toHaveLength(1);
  });

  test("on storage that ignores conditions, the attempt whose lease was replaced does not hold the lane", async () => {
    const [one, two] = [1, 2].map(() => createS3Store(LOCATION, () => Promise.resolve(ignoringConditions())));
    if (!one || !two) throw new Error("there is no store");
    expect(await one.hasConditionalWrites()).toBe(false);
    const lease = { epoch: 1, host: "h", pid: 1, taken_at: "now", released: false, doubts: [] };
    // Both look before either writes, as far as the storage's own order allows.
    await Promise.all([one, two].map((store, at) => createLease(store, "plain", { ...lease, token: `of ${at}` })));
    const { token } = (await readNewestLease(one, "plain")) ?? {};
    const held = await Promise.all(["of 0", "of 1"].map((own) => holdsLease(two, "plain", { epoch: 1, token: own })));
    expect(held).toEqual([token === "of 0", token === "of 1"]);
    expect(await createLease(two, "plain", { ...lease, token: "late" })).toBe(false);
    expect(await createLease(two, "plain", { ...lease, token: "next", epoch: 2 })).toBe(true);
    expect(await holdsLease(one, "plain", { epoch: 1, token: token ?? "" })).toBe(false);
    expect(await one.list("leases/plain")).toEqual(["0000000002.json"]);
  });

  test("a file of 17 MiB is uploaded as a stream and downloaded unchanged", async () => {
    await using temporary = await createTemporaryLedger();
    const content = randomBytes(17 << 20);
    const file = await temporary.write("large", content);
    const objects = openS3Objects({ bucket: BUCKET, prefix: "store" });
    await objects.upload("store/large", file);
    expect(await objects.download("store/large", temporary.path("back"))).toBe(true);
    expect(content.equals(await readFile(temporary.path("back")))).toBe(true);
    expect(await objects.download("store/none", temporary.path("none"))).toBe(false);
  });

  test("1,100 objects, more than one response lists, are all listed and removed", async () => {
    const store = createS3Store(LOCATION);
    const names = Array.from({ length: 1_100 }, (_, index) => String(index).padStart(5, "0"));
    for (let first = 0; first < names.length; first += 50) {
      await Promise.all(names.slice(first, first + 50).map((name) => store.overwrite(`many/${name}`, name)));
    }
    expect(await store.list("many")).toEqual(names);
    expect(await store.removeTree("many", "00000")).toBe(true);
    expect(await store.list("many")).toEqual([]);
  });

  test.for([
    [503, "unavailable"],
    [429, "unavailable"],
    [403, "configuration"],
    [400, "storage"],
  ] as const)(
    "a response with status %i is an error with code %s that does not quote the server",
    async ([status, expected]) => {
      await using server = await startFixedResponse(
        status,
        "<Error><Code>Odd</Code><Message>KEY-IN-MESSAGE</Message></Error>",
      );
      const objects = openS3Objects(
        { bucket: BUCKET, prefix: "" },
        { ...storage.env, AWS_ENDPOINT_URL_S3: server.url },
      );
      const failure = await objects.get("x").catch((error: unknown) => error);
      expect(failure).toEqual(code(expected));
      expect(String(failure)).not.toContain("KEY-IN-MESSAGE");
    },
  );

  test("the region comes from the environment, else from a Huawei Cloud host, else it is us-east-1", () => {
    const huawei = new URL("https://obs.cn-north-4.myhuaweicloud.com");
    expect(readRegion({ AWS_REGION: "a", AWS_DEFAULT_REGION: "b" }, huawei)).toBe("a");
    expect(readRegion({ AWS_DEFAULT_REGION: "b" }, huawei)).toBe("b");
    expect(readRegion({}, huawei)).toBe("cn-north-4");
    expect(readRegion({}, new URL(storage.url))).toBe("us-east-1");
    expect(readRegion({}, undefined)).toBeUndefined();
  });
});

interface RunningServer extends AsyncDisposable {
  url: string;
}

async function listen(server: Server): Promise<RunningServer> {
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

const startFixedResponse = (status: number, body: string): Promise<RunningServer> =>
  listen(
    createServer((request, response) => {
      request.resume();
      response.writeHead(status, { "content-type": "application/xml" }).end(body);
    }),
  );

interface LossyProxy extends RunningServer {
  loseNext(method: string): void;
  lost: number;
  /** Keeps the next request with that method until `forward` is called. */
  holdNext(method: string): { arrived: Promise<void>; forward: () => void };
}

/**
 * A proxy that forwards requests with an unchanged Host header, so that their signatures stay valid. After `loseNext` it
 * drops the next response to that method.
 */
async function startLossyProxy(target: string): Promise<LossyProxy> {
  let losing: string | undefined;
  let holding: { method: string; arrive: () => void; forwarded: Promise<void> } | undefined;
  const { hostname, port } = new URL(target);
  const http = await import("node:http");
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    const forwarded = http.request({ hostname, port, method, path, headers }, (upstream) => {
      if (losing === method) {
        losing = undefined;
        proxy.lost++;
        upstream.resume().once("end", () => response.destroy());
        return;
      }
      response.writeHead(upstream.statusCode ?? 500, upstream.headers);
      upstream.pipe(response);
    });
    const held = holding;
    if (held === undefined || held.method !== method) {
      request.pipe(forwarded);
      return;
    }
    holding = undefined;
    held.arrive();
    void held.forwarded.then(() => request.pipe(forwarded));
  });
  const proxy: LossyProxy = Object.assign(await listen(server), {
    lost: 0,
    loseNext: (method: string) => void (losing = method),
    holdNext: (method: string) => {
      const [arrived, forwarded] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      holding = { method, arrive: arrived.resolve, forwarded: forwarded.promise };
      return { arrived: arrived.promise, forward: forwarded.resolve };
    },
  });
  return proxy;
}
