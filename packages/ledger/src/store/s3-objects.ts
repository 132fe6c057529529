import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { LedgerError } from "../ledger-error.ts";
import type { Access } from "./access-problem.ts";
import { readAhead } from "./read-ahead.ts";
import { S3Conditions } from "./s3-conditions.ts";
import {
  isBadRequest,
  isNoSuchKey,
  isPreconditionFailed,
  isWriteConflict,
  s3Error,
  type S3Target,
} from "./s3-error.ts";
import { assertNoPage, headerOf, PAGE_START_BYTES, required } from "./s3-foreign-response.ts";
import { S3Listing, type Continuation, type ListOptions } from "./s3-listing.ts";

/**
 * Longest time of a small write, including its retries. It is shorter than the 15 s that a lane's next holder waits, so
 * that a write of a stalled process has ended by then.
 */
const WRITE_LIMIT_MS = 12_000;
const MAX_TRIES = 5;
/** Files of at least this size are sent as a stream, so that they are never in memory as a whole. */
const STREAMED_FROM_BYTES = 16 << 20;
/** Time between a write and the check whether another write replaced it. */
const REPLACED_CHECK_DELAY_MS = 1_000;
/** Metadata key for the id of the write that created an object. */
const WRITE_ID = "caselink-write";

export interface StoredText {
  text: string;
  /** Empty if the storage returns none. */
  version: string;
}

/** `absent`: write only if the object does not exist. Otherwise: write only if the object has this version. */
export type PutCondition = "absent" | { version: string };

/** The requests that a ledger sends to a bucket. Keys include the ledger's prefix. */
export class S3Objects {
  readonly #client: S3Client;
  readonly #target: S3Target;
  readonly #listing: S3Listing;
  readonly #conditions: S3Conditions;

  constructor(client: S3Client, target: S3Target) {
    this.#client = client;
    this.#target = target;
    this.#listing = new S3Listing(client, target.bucket);
    const keyOf = (path: string): string => target.keyOf(path);
    this.#conditions = new S3Conditions(client, target.bucket, keyOf, (key) => this.#remove([key]));
  }

  get target(): S3Target {
    return this.#target;
  }

  /** Host and bucket. */
  get place(): string {
    const { host = "aws", bucket } = this.#target;
    return `${host}/${bucket}`;
  }

  /** How the storage continues lists; undefined as long as no list was longer than a page. */
  get continuation(): Continuation | undefined {
    return this.#listing.continuation;
  }

  describe(key: string): string {
    return `s3://${this.#target.bucket}/${key}`;
  }

  async get(key: string): Promise<StoredText | undefined> {
    try {
      const { Body: body, ETag: version = "" } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#target.bucket, Key: key }),
      );
      const text = (await body?.transformToString("utf8")) ?? "";
      assertNoPage(text);
      return { text, version };
    } catch (error) {
      if (isNoSuchKey(error)) return undefined;
      throw this.#error(error, key, "read");
    }
  }

  /** Writes an object to a new local file. Returns `false` if the object does not exist. */
  async download(key: string, file: string): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        const { Body: body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#target.bucket, Key: key }));
        if (!(body instanceof Readable)) throw new TypeError("The body of an object is not a stream.");
        await pipeline(body, createWriteStream(file));
        await assertFileIsNoPage(file);
        return true;
      } catch (error) {
        if (isNoSuchKey(error)) return false;
        const failure = this.#error(error, key, "read");
        // The library repeats requests without a response, but not a response that broke off.
        if (tries === MAX_TRIES || failure.code === "configuration") throw failure;
      }
    }
  }

  /** Writes a text and returns its version. If the condition does not hold, writes nothing and returns `undefined`. */
  async put(key: string, text: string | Uint8Array, condition?: PutCondition): Promise<string | undefined> {
    if (condition === undefined) return this.#put(key, text);
    if (condition === "absent" && !(await this.createsOnce())) return this.#putIfAbsent(key, text);
    const isUnknown = typeof condition === "object" && !(await this.replacesUnchanged());
    return this.#put(key, text, isUnknown ? undefined : condition);
  }

  async upload(key: string, file: string): Promise<void> {
    const { size } = await stat(file);
    const isStreamed = size >= STREAMED_FROM_BYTES;
    const md5 = isStreamed ? await md5OfFile(file) : undefined;
    for (let tries = 1; ; tries++) {
      const body = isStreamed ? createReadStream(file, { highWaterMark: 1 << 18 }) : await readFile(file);
      try {
        const { ETag: version } = await this.#client.send(
          new PutObjectCommand({
            Bucket: this.#target.bucket,
            Key: key,
            Body: body,
            ContentLength: size,
            ContentMD5: md5 ?? md5Of(body as Uint8Array),
          }),
        );
        required(version, "ETag");
        return;
      } catch (error) {
        const failure = this.#error(error, key, "written");
        // The library does not repeat a stream.
        if (!isStreamed || tries === MAX_TRIES || failure.code === "configuration") throw failure;
      } finally {
        if (body instanceof Readable) body.destroy();
      }
    }
  }

  /** The sorted names directly below a prefix. The prefix ends with a slash. */
  async list(prefix: string, pageSize?: number): Promise<string[]> {
    // Some storage repeats a common prefix at the beginning of the next page.
    const names = new Set<string>();
    for await (const { keys, prefixes } of this.#pages({ prefix, delimiter: "/", pageSize })) {
      for (const folder of prefixes) names.add(folder.slice(prefix.length, -1));
      for (const key of keys) if (key !== prefix) names.add(key.slice(prefix.length));
    }
    return [...names].sort();
  }

  /** The keys of all objects below a prefix, relative to it. The prefix ends with a slash. */
  async listTree(prefix: string, pageSize?: number): Promise<string[]> {
    const names = new Set<string>();
    for await (const { keys } of this.#pages({ prefix, pageSize })) {
      for (const key of keys) if (!key.endsWith("/")) names.add(key.slice(prefix.length));
    }
    return [...names];
  }

  async *#pages(options: ListOptions) {
    try {
      yield* this.#listing.pages(options);
    } catch (error) {
      throw this.#error(error, options.prefix, "listed");
    }
  }

  /** Removes an object; a missing one is no error. */
  async remove(key: string): Promise<void> {
    try {
      await this.#remove([key]);
    } catch (error) {
      throw this.#error(error, key, "removed");
    }
  }

  /** Removes all objects below a prefix, the object `first` before the others. Returns the number of removed objects. */
  async removeAll(prefix: string, first: string): Promise<number> {
    try {
      let count = 0;
      if (await this.#head(prefix + first)) {
        await this.#remove([prefix + first]);
        count++;
      }
      for await (const { keys } of this.#listing.pages({ prefix })) {
        await this.#remove(keys);
        count += keys.length;
      }
      return count;
    } catch (error) {
      throw this.#error(error, prefix, "removed");
    }
  }

  async exists(key: string): Promise<boolean> {
    try {
      return (await this.#head(key)) !== undefined;
    } catch (error) {
      throw this.#error(error, key, "read");
    }
  }

  /**
   * Returns the time since an object was last written, in milliseconds and by the storage's own clock. Undefined if the
   * object does not exist, or if the storage does not report its time.
   */
  async ageOf(key: string): Promise<number | undefined> {
    try {
      const found = await this.#head(key);
      const now = Date.parse(found?.date ?? "");
      return found?.LastModified && Number.isFinite(now) ? now - found.LastModified.getTime() : undefined;
    } catch (error) {
      throw this.#error(error, key, "read");
    }
  }

  /**
   * True if the storage rejects a write that must create an object, if the object exists. Some storage accepts the
   * condition and writes anyway, so it is tested once on a separate object before the ledger relies on it.
   */
  async createsOnce(): Promise<boolean> {
    return this.#conditions.createsOnce().catch((error: unknown) => {
      throw this.#error(error, this.#target.keyOf("probe"), "written");
    });
  }

  /** True if the storage rejects a write that must replace a version, if the object has another one. Tested once. */
  async replacesUnchanged(): Promise<boolean> {
    return this.#conditions.replacesUnchanged().catch((error: unknown) => {
      throw this.#error(error, this.#target.keyOf("probe"), "written");
    });
  }

  /** True if the storage rejects a body that does not match its Content-MD5. Leaves an object if it does not. */
  async checksContent(key: string): Promise<boolean> {
    try {
      await this.#client.send(
        new PutObjectCommand({ Bucket: this.#target.bucket, Key: key, Body: "probe", ContentMD5: md5Of(Buffer.of()) }),
      );
      return false;
    } catch (error) {
      if (isBadRequest(error)) return true;
      throw this.#error(error, key, "written");
    }
  }

  /**
   * Replaces the condition `absent` on storage without conditional writes. It checks, writes, and after a second reads the
   * id of the write that the object has. Two processes may both pass the first check; the second check fails for all but
   * the last writer.
   */
  async #putIfAbsent(key: string, text: string | Uint8Array): Promise<string | undefined> {
    if (await this.exists(key)) return undefined;
    const writeId = randomUUID();
    const version = await this.#put(key, text, undefined, writeId);
    await new Promise((resolve) => setTimeout(resolve, REPLACED_CHECK_DELAY_MS));
    return (await this.#writeIdOf(key)) === writeId ? version : undefined;
  }

  async #put(
    key: string,
    text: string | Uint8Array,
    condition?: PutCondition,
    writeId: string = randomUUID(),
  ): Promise<string | undefined> {
    const body = typeof text === "string" ? Buffer.from(text) : text;
    const input: PutObjectCommandInput = {
      Bucket: this.#target.bucket,
      Key: key,
      Body: body,
      ContentLength: body.length,
      ContentMD5: md5Of(body),
      Metadata: { [WRITE_ID]: writeId },
      ...(condition === "absent" && { IfNoneMatch: "*" }),
      ...(typeof condition === "object" && { IfMatch: condition.version }),
    };
    const abortSignal = AbortSignal.timeout(WRITE_LIMIT_MS);
    for (;;) {
      try {
        const { ETag: version } = await this.#client.send(new PutObjectCommand(input), { abortSignal });
        return required(version, "ETag");
      } catch (error) {
        if (condition !== undefined && isWriteConflict(error) && !abortSignal.aborted) continue;
        const isUnmet = isPreconditionFailed(error) || (typeof condition === "object" && isNoSuchKey(error));
        if (condition === undefined || !isUnmet) throw this.#error(error, key, "written");
        // An earlier try of this write may have succeeded although its response was lost.
        const found = await this.#head(key).catch((failure: unknown) => {
          throw this.#error(failure, key, "read");
        });
        return found?.Metadata?.[WRITE_ID] === writeId ? (found.ETag ?? "") : undefined;
      }
    }
  }

  async #writeIdOf(key: string): Promise<string | undefined> {
    try {
      return (await this.#head(key))?.Metadata?.[WRITE_ID];
    } catch (error) {
      throw this.#error(error, key, "read");
    }
  }

  /** The response to a HEAD request with the storage's time; undefined if the object does not exist. */
  async #head(key: string) {
    const command = new HeadObjectCommand({ Bucket: this.#target.bucket, Key: key });
    let date: string | undefined;
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        date = headerOf(result.response, "date");
        return result;
      },
      { step: "deserialize", priority: "low" },
    );
    try {
      const found = await this.#client.send(command);
      return { ...found, date };
    } catch (error) {
      if (isNoSuchKey(error)) return undefined;
      throw error;
    }
  }

  /** Sends one request per object: a request for many objects has a checksum that some storage services reject. */
  async #remove(keys: readonly string[]): Promise<void> {
    const removals = readAhead(keys, (key) =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#target.bucket, Key: key })),
    );
    for await (const _ of removals);
  }

  #error(error: unknown, key: string, access: Access): LedgerError {
    return s3Error(error, this.#target, this.describe(key), access);
  }
}

async function assertFileIsNoPage(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PAGE_START_BYTES), 0, PAGE_START_BYTES);
    assertNoPage(buffer.toString("latin1", 0, bytesRead));
  } finally {
    await file.close();
  }
}

function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("base64");
}

async function md5OfFile(file: string): Promise<string> {
  const hash = createHash("md5");
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer);
  return hash.digest("base64");
}
