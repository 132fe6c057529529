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
import { isNoSuchKey, isPreconditionFailed, isWriteConflict, s3Error, type S3Place } from "./s3-error.ts";

/**
 * Longest time of a small write, tries included. Below the request limit that a successor in a lane waits for: what a
 * stalled process had under way has ended by then.
 */
const WRITE_LIMIT_MS = 12_000;
const TRIES = 5;
/** Larger files are sent as a stream, so that they are never in memory as a whole. */
const STREAMED_FROM_BYTES = 16 << 20;
/** Between a write and the look whether another one replaced it. */
const SETTLE_MS = 1_000;
/** Names the write that made an object. */
const WRITE_ID = "caselink-write";

export interface StoredText {
  text: string;
  version: string;
}

/** `absent`: only where there is no such object; else only where its version is this one. */
export type PutCondition = "absent" | { version: string };

/** The requests that a ledger makes of a bucket. Keys are whole. */
export class S3Objects {
  readonly #client: S3Client;
  readonly #place: S3Place;
  #honoursConditions: Promise<boolean> | undefined;

  constructor(client: S3Client, place: S3Place) {
    this.#client = client;
    this.#place = place;
  }

  describe(key: string): string {
    return `s3://${this.#place.bucket}/${key}`;
  }

  async get(key: string): Promise<StoredText | undefined> {
    try {
      const { Body: body, ETag: version = "" } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#place.bucket, Key: key }),
      );
      return { text: (await body?.transformToString("utf8")) ?? "", version };
    } catch (error) {
      if (isNoSuchKey(error)) return undefined;
      throw this.#error(error, key, "read");
    }
  }

  /** Writes an object to a new local file. `false` where there is no such object. */
  async download(key: string, file: string): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        const { Body: body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#place.bucket, Key: key }));
        if (!(body instanceof Readable)) throw new TypeError("The body of an object is no stream.");
        await pipeline(body, createWriteStream(file));
        return true;
      } catch (error) {
        if (isNoSuchKey(error)) return false;
        const failure = this.#error(error, key, "read");
        // The library repeats what was not answered; an answer that broke off is for us to repeat.
        if (tries === TRIES || failure.code === "configuration") throw failure;
      }
    }
  }

  /** Puts a text and returns its version; `undefined`, and nothing changed, where the condition does not hold. */
  async put(key: string, text: string, condition?: PutCondition): Promise<string | undefined> {
    const isConditional = condition !== undefined && (await this.honoursConditions());
    if (condition === "absent" && !isConditional) return this.#putWhereAbsent(key, text);
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
            Bucket: this.#place.bucket,
            Key: key,
            Body: body,
            ContentLength: size,
            ContentMD5: md5 ?? md5Of(body as Buffer),
          }),
        );
        return;
      } catch (error) {
        const failure = this.#error(error, key, "written");
        // The library does not repeat a stream.
        if (!isStreamed || tries === TRIES || failure.code === "configuration") throw failure;
      } finally {
        if (body instanceof Readable) body.destroy();
      }
    }
  }

  /** Names right below a prefix, which ends with a slash, sorted. */
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

  /** Removes all objects below a prefix, the one named first before the others. Returns how many there were. */
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

  /** When an object was last written, on the storage's clock. */
  async writtenAt(key: string): Promise<Date | undefined> {
    try {
      return (await this.#head(key))?.LastModified;
    } catch (error) {
      throw this.#error(error, key, "read");
    }
  }

  /**
   * Whether the storage refuses a write whose condition does not hold. Some take the condition and write all the same,
   * which would be found out too late: so it is tried once, on an object of its own.
   */
  honoursConditions(): Promise<boolean> {
    return (this.#honoursConditions ??= this.#tryConditions().catch((error: unknown) => {
      this.#honoursConditions = undefined;
      throw error;
    }));
  }

  async #tryConditions(): Promise<boolean> {
    const key = this.#place.keyOf(`probe/${randomUUID()}`);
    await this.#put(key, "probe");
    try {
      await this.#client.send(
        new PutObjectCommand({ Bucket: this.#place.bucket, Key: key, Body: "probe", IfNoneMatch: "*" }),
      );
      return false;
    } catch (error) {
      if (isPreconditionFailed(error)) return true;
      if (isRefusedHeader(error)) return false;
      throw this.#error(error, key, "written");
    } finally {
      await this.#remove([key]).catch(() => undefined);
    }
  }

  /**
   * For storage without conditions: looks, writes, and looks once more whose write is there. Two that look within the
   * same moment may both go on; the later look tells all but the last writer.
   */
  async #putWhereAbsent(key: string, text: string): Promise<string | undefined> {
    if (await this.writtenAt(key)) return undefined;
    const writeId = randomUUID();
    const version = await this.#put(key, text, undefined, writeId);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return (await this.#writeIdOf(key)) === writeId ? version : undefined;
  }

  async #put(
    key: string,
    text: string,
    condition?: PutCondition,
    writeId: string = randomUUID(),
  ): Promise<string | undefined> {
    const body = Buffer.from(text);
    const input: PutObjectCommandInput = {
      Bucket: this.#place.bucket,
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
        const isMissed = isPreconditionFailed(error) || (typeof condition === "object" && isNoSuchKey(error));
        if (condition === undefined || !isMissed) throw this.#error(error, key, "written");
        // A try whose answer was lost may be the one that did it.
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
      return await this.#client.send(new HeadObjectCommand({ Bucket: this.#place.bucket, Key: key }));
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
          Bucket: this.#place.bucket,
          Prefix: prefix,
          ...(delimiter !== undefined && { Delimiter: delimiter }),
          ...(token !== undefined && { ContinuationToken: token }),
        }),
      );
      yield page;
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** One by one: a request for many has a checksum that not every storage takes. */
  async #remove(keys: readonly string[]): Promise<void> {
    const removals = readAhead(keys, (key) =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#place.bucket, Key: key })),
    );
    for await (const _ of removals);
  }

  #error(error: unknown, key: string, verb: string): LedgerError {
    return s3Error(error, this.#place, this.describe(key), verb);
  }
}

function isRefusedHeader(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return ["NotImplemented", "InvalidArgument", "InvalidRequest", "MethodNotAllowed"].includes(name);
}

function md5Of(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("base64");
}

async function md5OfFile(file: string): Promise<string> {
  const hash = createHash("md5");
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer);
  return hash.digest("base64");
}
