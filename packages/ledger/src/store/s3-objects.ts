import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { LedgerError } from "../ledger-error.ts";
import { readAhead } from "./read-ahead.ts";
import { isNoSuchKey, isPreconditionFailed, isWriteConflict, s3Error, type S3Target } from "./s3-error.ts";

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
  version: string;
}

/** `absent`: write only if the object does not exist. Otherwise: write only if the object has this version. */
export type PutCondition = "absent" | { version: string };

/** The requests that a ledger sends to a bucket. Keys include the ledger's prefix. */
export class S3Objects {
  readonly #client: S3Client;
  readonly #target: S3Target;
  #supportsConditionsPromise: Promise<boolean> | undefined;

  constructor(client: S3Client, target: S3Target) {
    this.#client = client;
    this.#target = target;
  }

  describe(key: string): string {
    return `s3://${this.#target.bucket}/${key}`;
  }

  async get(key: string): Promise<StoredText | undefined> {
    try {
      const { Body: body, ETag: version = "" } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#target.bucket, Key: key }),
      );
      return { text: (await body?.transformToString("utf8")) ?? "", version };
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
    const isConditional = condition !== undefined && (await this.supportsConditions());
    if (condition === "absent" && !isConditional) return this.#putIfAbsent(key, text);
    return this.#put(key, text, isConditional ? condition : undefined);
  }

  async upload(key: string, file: string): Promise<void> {
    const { size } = await stat(file);
    const isStreamed = size >= STREAMED_FROM_BYTES;
    const md5 = isStreamed ? await md5OfFile(file) : undefined;
    for (let tries = 1; ; tries++) {
      const body = isStreamed ? createReadStream(file, { highWaterMark: 1 << 18 }) : await readFile(file);
      try {
        await this.#client.send(
          new PutObjectCommand({
            Bucket: this.#target.bucket,
            Key: key,
            Body: body,
            ContentLength: size,
            ContentMD5: md5 ?? md5Of(body as Uint8Array),
          }),
        );
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
  async list(prefix: string): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const page of this.#pages(prefix, "/")) {
        for (const { Prefix: folder } of page.CommonPrefixes ?? []) {
          if (folder !== undefined) names.push(folder.slice(prefix.length, -1));
        }
        for (const { Key: key } of page.Contents ?? []) {
          if (key !== undefined && key !== prefix) names.push(key.slice(prefix.length));
        }
      }
    } catch (error) {
      throw this.#error(error, prefix, "listed");
    }
    return names.sort();
  }

  /** The keys of all objects below a prefix, relative to it. The prefix ends with a slash. */
  async listTree(prefix: string): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const page of this.#pages(prefix)) {
        for (const { Key: key } of page.Contents ?? []) {
          if (key !== undefined && !key.endsWith("/")) names.push(key.slice(prefix.length));
        }
      }
    } catch (error) {
      throw this.#error(error, prefix, "listed");
    }
    return names;
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
      for await (const page of this.#pages(prefix)) {
        const keys = (page.Contents ?? []).flatMap(({ Key: key }) => key ?? []);
        await this.#remove(keys);
        count += keys.length;
      }
      return count;
    } catch (error) {
      throw this.#error(error, prefix, "removed");
    }
  }

  /** The time when an object was last written, by the storage's clock. Undefined if the object does not exist. */
  async writtenAt(key: string): Promise<Date | undefined> {
    try {
      return (await this.#head(key))?.LastModified;
    } catch (error) {
      throw this.#error(error, key, "read");
    }
  }

  /**
   * True if the storage rejects a write whose condition does not hold. Some storage services accept the condition and
   * write anyway, so it is tested once on a separate object before the ledger relies on it.
   */
  supportsConditions(): Promise<boolean> {
    return (this.#supportsConditionsPromise ??= this.#testConditions().catch((error: unknown) => {
      this.#supportsConditionsPromise = undefined;
      throw error;
    }));
  }

  async #testConditions(): Promise<boolean> {
    const key = this.#target.keyOf(`probe/${randomUUID()}`);
    await this.#put(key, "probe");
    try {
      await this.#client.send(
        new PutObjectCommand({ Bucket: this.#target.bucket, Key: key, Body: "probe", IfNoneMatch: "*" }),
      );
      return false;
    } catch (error) {
      if (isPreconditionFailed(error)) return true;
      if (isUnsupportedHeader(error)) return false;
      throw this.#error(error, key, "written");
    } finally {
      await this.#remove([key]).catch(() => undefined);
    }
  }

  /**
   * Replaces the condition `absent` on storage without conditional writes. It checks, writes, and after a second reads the
   * id of the write that the object has. Two processes may both pass the first check; the second check fails for all but
   * the last writer.
   */
  async #putIfAbsent(key: string, text: string | Uint8Array): Promise<string | undefined> {
    if (await this.writtenAt(key)) return undefined;
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
        return (await this.#client.send(new PutObjectCommand(input), { abortSignal })).ETag ?? "";
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

  async #head(key: string) {
    try {
      return await this.#client.send(new HeadObjectCommand({ Bucket: this.#target.bucket, Key: key }));
    } catch (error) {
      if (isNoSuchKey(error)) return undefined;
      throw error;
    }
  }

  async *#pages(prefix: string, delimiter?: string) {
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#target.bucket,
          Prefix: prefix,
          ...(delimiter !== undefined && { Delimiter: delimiter }),
          ...(token !== undefined && { ContinuationToken: token }),
        }),
      );
      yield page;
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** Sends one request per object: a request for many objects has a checksum that some storage services reject. */
  async #remove(keys: readonly string[]): Promise<void> {
    const removals = readAhead(keys, (key) =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#target.bucket, Key: key })),
    );
    for await (const _ of removals);
  }

  #error(error: unknown, key: string, verb: string): LedgerError {
    return s3Error(error, this.#target, this.describe(key), verb);
  }
}

function isUnsupportedHeader(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return ["NotImplemented", "InvalidArgument", "InvalidRequest", "MethodNotAllowed"].includes(name);
}

function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("base64");
}

async function md5OfFile(file: string): Promise<string> {
  const hash = createHash("md5");
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer);
  return hash.digest("base64");
}
