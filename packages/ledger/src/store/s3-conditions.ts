import { randomUUID } from "node:crypto";
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from "@aws-sdk/client-s3";
import { isPreconditionFailed, isUnsupported } from "./s3-error.ts";

type Conditions = Pick<PutObjectCommandInput, "IfNoneMatch" | "IfMatch">;
type Answer = { is: "written"; version: string } | { is: "rejected" } | { is: "unsupported" };

/** An ETag that no object has. */
const NO_VERSION = `"${"0".repeat(32)}"`;

/**
 * Finds out which conditions of writes a storage observes, each with one object that is removed again. Storage that
 * ignores a condition responds as if it held, and other storage rejects every write with one.
 */
export class S3Conditions {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #keyOf: (path: string) => string;
  readonly #remove: (key: string) => Promise<void>;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(
    client: S3Client,
    bucket: string,
    keyOf: (path: string) => string,
    remove: (key: string) => Promise<void>,
  ) {
    this.#client = client;
    this.#bucket = bucket;
    this.#keyOf = keyOf;
    this.#remove = remove;
  }

  /** True if of several writes with `If-None-Match: *` only the first succeeds. Tested once. */
  createsOnce(): Promise<boolean> {
    return this.#once("creates", async (key) => {
      // Without a condition: a repetition after a lost response must not look like a rejection.
      await this.#put(key, {});
      return (await this.#put(key, { IfNoneMatch: "*" })).is === "rejected";
    });
  }

  /** True if a write with `If-Match` succeeds only if the object has that version. Tested once. */
  replacesUnchanged(): Promise<boolean> {
    return this.#once("replaces", async (key) => {
      const first = await this.#put(key, {});
      if (first.is !== "written" || (await this.#put(key, { IfMatch: NO_VERSION })).is !== "rejected") return false;
      return (await this.#put(key, { IfMatch: first.version })).is === "written";
    });
  }

  #once(name: string, test: (key: string) => Promise<boolean>): Promise<boolean> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const key = this.#keyOf(`probe/${randomUUID()}`);
    const testing = this.#withClean(key, test);
    this.#known.set(name, testing);
    testing.catch(() => this.#known.delete(name));
    return testing;
  }

  async #withClean(key: string, test: (key: string) => Promise<boolean>): Promise<boolean> {
    try {
      return await test(key);
    } finally {
      await this.#remove(key).catch(() => undefined);
    }
  }

  async #put(key: string, conditions: Conditions): Promise<Answer> {
    try {
      const { ETag: version = "" } = await this.#client.send(
        new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: "probe", ...conditions }),
      );
      return { is: "written", version };
    } catch (error) {
      if (isPreconditionFailed(error)) return { is: "rejected" };
      if (isUnsupported(error)) return { is: "unsupported" };
      throw error;
    }
  }
}
