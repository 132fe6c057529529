// Stores that lack a part of S3, or respond with something else. The server is our own; see its file.
import { mkdir, readdir } from "node:fs/promises";
import type { LookupFunction } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BUCKET, startObjectStorage, whyNoObjectStorage } from "../../../test/object-storage/start-object-storage.ts";
import {
  DOMAIN,
  startIncompleteStorage,
  type Gaps,
  type IncompleteStorage,
} from "../../../test/object-storage/start-incomplete-storage.ts";
import { openLedger } from "../src/index.ts";
import { openS3Objects } from "../src/store/s3-client.ts";
import type { S3Objects } from "../src/store/s3-objects.ts";
import { createS3Store } from "../src/store/s3-store.ts";
import { probeStore } from "../src/store/probe-store.ts";
import type { Store } from "../src/store/store.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const code = (expected: string, message = "") =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) as string });

/** Opens a client of the server. Names of its domain lead to this machine. */
function objectsOf({ env }: Pick<IncompleteStorage, "env">, more: Record<string, string> = {}): S3Objects {
  // The library reads the keys itself.
  Object.assign(process.env, env);
  return openS3Objects({ bucket: BUCKET, prefix: "ledger" }, { ...env, ...more }, { lookup: lookupHere });
}

const lookupHere: LookupFunction = (_name, options, done) =>
  options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);

const storeOf = (storage: Pick<IncompleteStorage, "env">, more: Record<string, string> = {}): Store =>
  createS3Store(`s3://${BUCKET}/ledger`, () => Promise.resolve(objectsOf(storage, more)));

const atDomain = ({ domainUrl }: IncompleteStorage) => ({ AWS_ENDPOINT_URL_S3: domainUrl });

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("a storage with a domain name is addressed by the bucket's name, and one with an IP address by a path", async () => {
  await using storage = await startIncompleteStorage({ addresses: "VirtualHostDomainRequired" });
  await probeStore(storeOf(storage, atDomain(storage)));
  expect(storage.requests.length).toBeGreaterThan(0);
  for (const request of storage.requests) expect(request).toMatch(new RegExp(` ${BUCKET}\\.${DOMAIN}:\\d+ /`));
  delete storage.gaps.addresses;
  storage.requests.length = 0;
  await probeStore(storeOf(storage));
  for (const request of storage.requests) expect(request).toMatch(new RegExp(` 127\\.0\\.0\\.1:\\d+ /${BUCKET}`));
});

test.skipIf(whyNoObjectStorage !== undefined)(
  "a real S3 server with a domain name is addressed by the bucket's name, and its lists continue with a token",
  async () => {
    await using storage = await startObjectStorage({ domain: DOMAIN });
    const at = new URL(storage.url);
    const store = storeOf(storage, { AWS_ENDPOINT_URL_S3: `http://${DOMAIN}:${at.port}` });
    expect(await probeStore(store)).toEqual({
      storage: `${DOMAIN}:${at.port}/${BUCKET}`,
      address_style: "virtual",
      creates_once: true,
      replaces_unchanged: true,
      checks_content: true,
      lists: "token",
    });
    expect(await readdir(join(storage.folder, "ledger"))).toEqual(["storage.json"]);
  },
);

test("CASELINK_S3_ADDRESS_STYLE decides for both kinds of addresses, and has two values", async () => {
  await using storage = await startIncompleteStorage();
  const path = { ...atDomain(storage), CASELINK_S3_ADDRESS_STYLE: "path" };
  await probeStore(storeOf(storage, path));
  for (const request of storage.requests) expect(request).toMatch(new RegExp(` ${DOMAIN}:\\d+ /${BUCKET}`));
  expect(() => objectsOf(storage, { CASELINK_S3_ADDRESS_STYLE: "hosted" })).toThrow(
    /CASELINK_S3_ADDRESS_STYLE is path or virtual, not "hosted"/,
  );
});

test.for(["VirtualHostDomainRequired", "NoSuchKey"] as const)(
  "a probe reports that path-style addresses are rejected, not that permissions or objects are missing: %s",
  async (addresses) => {
    await using storage = await startIncompleteStorage({ addresses });
    const forced = { ...atDomain(storage), CASELINK_S3_ADDRESS_STYLE: "path" };
    const ofDomain = await failureOf(probeStore(storeOf(storage, forced)));
    expect(ofDomain).toEqual(code("configuration", "CASELINK_S3_ADDRESS_STYLE"));
    const ofIp = await failureOf(probeStore(storeOf(storage)));
    expect(ofIp).toEqual(code("configuration", "AWS_ENDPOINT_URL_S3"));
    for (const failure of [ofDomain, ofIp]) {
      expect(String(failure)).toContain(`${BUCKET}.`);
      expect(String(failure)).not.toMatch(/permission|is no bucket/);
    }
  },
);

test("a probe of storage that knows no addresses by bucket names the variable for path-style addresses", async () => {
  await using storage = await startIncompleteStorage({ addresses: "unknown" });
  const failure = await failureOf(probeStore(storeOf(storage, atDomain(storage))));
  expect(failure).toEqual(code("configuration", "CASELINK_S3_ADDRESS_STYLE=path"));
});

test("a probe reports the first failure, not that of its clean-up", async () => {
  await using storage = await startIncompleteStorage({ denied: ["PUT", "DELETE", "GET", "HEAD"] });
  const failure = await failureOf(probeStore(storeOf(storage)));
  expect(failure).toEqual(code("configuration", "cannot be written: the keys have no permission"));
});

test.for([[{ lists: 1 }], [{ lists: 1, listed: 100 }], [{ listed: 100 }]] satisfies [Gaps][])(
  "all objects are listed and removed by storage with these lists: %o",
  async ([gaps]) => {
    await using storage = await startIncompleteStorage(gaps);
    const store = storeOf(storage);
    const names = Array.from({ length: 1_100 }, (_, index) => String(index).padStart(5, "0"));
    const { objects } = storage;
    const object = { body: Buffer.from("x"), etag: '"x"', writtenAt: 0, metadata: {} };
    for (const name of names) {
      objects.set(`ledger/batches/${name}/batch.json`, object);
      objects.set(`ledger/batches/${name}/rows/0.jsonl`, object);
      objects.set(`ledger/batches/one/${name}`, object);
    }
    expect(await store.list("batches")).toEqual([...names, "one"]);
    expect(await store.list("batches/one")).toEqual(names);
    expect((await store.listTree("batches")).sort()).toEqual(
      [
        ...names.flatMap((name) => [`${name}/batch.json`, `${name}/rows/0.jsonl`]),
        ...names.map((name) => `one/${name}`),
      ].sort(),
    );
    expect(await store.removeTree("batches/one", "none")).toBe(true);
    expect(await store.removeTree("batches", "none")).toBe(true);
    expect(objects.size).toBe(0);
  },
);

test.for(["stuck", "endless", "again", "void"] as const)(
  "a list that does not continue is an error: %s",
  async (lists) => {
    await using storage = await startIncompleteStorage({ lists, listed: 2 });
    const object = { body: Buffer.from("x"), etag: '"x"', writtenAt: 0, metadata: {} };
    for (const name of ["a", "b", "c"]) storage.objects.set(`ledger/batches/${name}`, object);
    const store = storeOf(storage);
    for (const work of [() => store.list("batches"), () => store.listTree("batches")]) {
      expect(await failureOf(work())).toEqual(code("storage", "does not continue"));
    }
    expect(await failureOf(probeStore(store))).toEqual(code("storage", "does not continue"));
  },
);

test("a list with entries that repeat is read once", async () => {
  await using storage = await startIncompleteStorage({ doubles: true, listed: 3 });
  const store = storeOf(storage);
  await probeStore(store);
  for (const name of ["a", "b/c", "d"]) await store.overwrite(`batches/${name}`, name);
  expect(await store.list("batches")).toEqual(["a", "b", "d"]);
  expect(await store.listTree("batches")).toEqual(["a", "b/c", "d"]);
});

test.for<[Gaps, string, string]>([
  [{ answer: [400, "InvalidToken"] }, "configuration", "does not accept the session token"],
  [{ answer: [403, "RequestExpired"] }, "configuration", "this machine's clock is wrong"],
  [{ answer: [403, "InsufficientStorageSpace"] }, "configuration", "is full (InsufficientStorageSpace)"],
  [{ answer: [403, "InArrearOrInsufficientBalance"] }, "configuration", "rejects the account (InArrearOr"],
  [
    { answer: [307, "TemporaryRedirect"] },
    "configuration",
    "at another address (307 TemporaryRedirect): set AWS_REGION and",
  ],
  [{ answer: [308, "PermanentRedirect"] }, "configuration", "at another address (308 "],
  [{ keeps: true }, "storage", "does not go away when it is removed"],
  [{ loses: /./ }, "storage", "does not have the content that was just written to it"],
  [{ isUntagged: true }, "storage", "is returned without its ETag"],
  [{ encoding: "gzip" }, "unreachable", "is not object storage (a body that is compressed with gzip)"],
  [
    { page: { methods: ["GET"], status: 200, type: "application/json" } },
    "unreachable",
    "is not object storage (a web page)",
  ],
])("a probe names what is wrong with a storage: %o", async ([gaps, expected, message]) => {
  await using storage = await startIncompleteStorage(gaps);
  expect(await failureOf(probeStore(storeOf(storage)))).toEqual(code(expected, message));
});

test("a list in another form than XML is no empty ledger", async () => {
  await using storage = await startIncompleteStorage({
    page: { methods: ["GET"], status: 200, type: "application/json" },
  });
  const failure = await failureOf(storeOf(storage).list("batches"));
  expect(failure).toEqual(code("unreachable", "is not object storage"));
});

test("a batch is not committed if the storage lost one of its files", async () => {
  await using storage = await startIncompleteStorage({ loses: /chunks/ });
  Object.assign(process.env, storage.env);
  await using temporary = await createTemporaryLedger();
  const ledger = openLedger(`s3://${BUCKET}/lossy`);
  const planned = await ledger.plan({
    inputs: [{ path: await temporary.write("in.csv", "case_id,related_id,group_id\nT,r,g\n") }],
    endpoint: "https://api.example.com",
    overLimit: "refuse",
    giveUpAfterMs: 1_000,
    id: "b1",
  });
  const failure = await failureOf(planned.commit());
  expect(failure).toEqual(code("storage", "and does not have it"));
  expect(String(failure)).toMatch(/accepted s3:\S+\/batches\/b1\/chunks\/\S+ and/);
  expect(await ledger.batch("b1")).toBeUndefined();
});

test.for([
  [200, false],
  [200, true],
  [404, false],
  [302, false],
] as const)("an HTML page with status %i is neither an empty ledger nor a write: bare %s", async ([status, isBare]) => {
  await using storage = await startIncompleteStorage();
  const store = storeOf(storage);
  await store.overwrite("batches/check", "there");
  const { etag } = storage.objects.get("ledger/batches/check") ?? {};
  Object.assign(storage.gaps, { page: { methods: ["GET", "PUT", "DELETE"], status }, isBare });
  const expected = code("unreachable", "is not object storage");
  await using temporary = await createTemporaryLedger();
  const file = await temporary.write("file", "content");
  const objects = objectsOf(storage);
  const works: Record<string, () => Promise<unknown>> = {
    list: () => store.list("batches"),
    tree: () => store.listTree("batches"),
    read: () => store.readText("batches/check"),
    missing: () => store.readText("batches/none"),
    write: () => store.overwrite("batches/check", "changed"),
    upload: () => objects.upload("ledger/file", file),
    download: () => objects.download("ledger/batches/check", temporary.path("back")),
    remove: () => store.remove("batches/check"),
  };
  // A removal that does nothing looks like one of a missing object, if the response says nothing else.
  if (isBare) delete works["remove"];
  for (const [name, work] of Object.entries(works)) expect([name, await failureOf(work())]).toEqual([name, expected]);
  expect(storage.objects.get("ledger/batches/check")?.etag).toBe(etag);
});

test("a page of a proxy with status 502 is a failure of the moment", async () => {
  await using storage = await startIncompleteStorage({ page: { methods: ["GET"], status: 502 } });
  expect(await failureOf(storeOf(storage).readText("x"))).toEqual(code("unavailable"));
});

test.for([
  [{}, { creates_once: true, replaces_unchanged: true, checks_content: true, lists: "token" }],
  [{ conditions: "rejected" }, { creates_once: false, replaces_unchanged: false }],
  [{ conditions: "ignored" }, { creates_once: false, replaces_unchanged: false }],
  [{ conditions: "only-absent" }, { creates_once: true, replaces_unchanged: false }],
  [{ checksums: "ignored" }, { checks_content: false }],
  [{ lists: 1 }, { lists: "marker" }],
] satisfies [Gaps, object][])(
  "a probe finds out what the storage can, and leaves only its record: %o",
  async ([gaps, facts]) => {
    await using storage = await startIncompleteStorage(gaps);
    const store = storeOf(storage);
    expect(await probeStore(store)).toMatchObject(facts);
    expect([...storage.objects.keys()]).toEqual(["ledger/storage.json"]);
    expect(JSON.parse(storage.objects.get("ledger/storage.json")?.body.toString() ?? "")).toMatchObject(facts);
  },
);

test("a batch runs through the ledger of a storage without conditions and with first-version lists", async () => {
  await using storage = await startIncompleteStorage({ conditions: "rejected", lists: 1, listed: 3 });
  Object.assign(process.env, storage.env);
  const ledger = openLedger(`s3://${BUCKET}/whole`);
  const rows = Array.from({ length: 40 }, (_, at) => ({ case_id: `T${at}`, related_id: "r", group_id: "g" }));
  const planned = await ledger.plan({
    inputs: [{ rows }],
    endpoint: "https://api.example.com",
    overLimit: "refuse",
    giveUpAfterMs: 1_000,
    id: "b1",
    ticketsPerChunk: 1,
  });
  await planned.commit();
  const end = { state: "completed", started_at: new Date(0).toISOString(), finished_at: new Date(1).toISOString() };
  expect(await ledger.finish("b1", { ...end, state: "completed" })).toMatchObject({ rows: 40, failed: 40 });
  let count = 0;
  for await (const _ of ledger.rows("b1")) count++;
  expect(count).toBe(40);
  expect(await ledger.forget("b1")).toBe(true);
  expect([...storage.objects.keys()].filter((key) => key.startsWith("whole/batches/"))).toEqual([]);
});

test.for([
  ["ahead of", 3 * 24 * 3_600_000],
  ["behind", -3 * 24 * 3_600_000],
] as const)("a local clock that is three days %s the storage's takes no claim of a running process", async ([, ms]) => {
  await using storage = await startIncompleteStorage();
  await using temporary = await createTemporaryLedger();
  const folder = async (text: string) => {
    await mkdir(temporary.path(text));
    await temporary.write(`${text}/SUMS`, text);
    await temporary.write(`${text}/commit.json`, "{}");
    return temporary.path(text);
  };
  const options = { claim: "SUMS", commit: "commit.json" };
  storage.objects.set("ledger/batches/b1/SUMS", {
    body: Buffer.from("of another process"),
    etag: '"1"',
    writtenAt: Date.now(),
    metadata: {},
  });
  storage.gaps.aheadMs = -ms;
  for (const object of storage.objects.values()) object.writtenAt -= ms;
  expect(await failureOf(storeOf(storage).adopt(await folder("one"), "batches/b1", options))).toEqual(
    code("batch-exists"),
  );
  // An abandoned claim is still taken over after a day of the storage's time.
  for (const object of storage.objects.values()) object.writtenAt -= 25 * 3_600_000;
  expect(await storeOf(storage).adopt(await folder("two"), "batches/b1", options)).toBe(true);
});
