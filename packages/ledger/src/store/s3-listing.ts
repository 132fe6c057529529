import {
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsOutput,
  type ListObjectsV2Output,
  type S3Client,
} from "@aws-sdk/client-s3";
import { LedgerError } from "../ledger-error.ts";
import { isUnsupported } from "./s3-error.ts";
import { required, WrongBucketError } from "./s3-foreign-response.ts";

/** Keys, and with a delimiter the common prefixes that end with it. */
export interface ListedPage {
  keys: string[];
  prefixes: string[];
}

export interface ListOptions {
  prefix: string;
  delimiter?: string;
  /** Most entries of a page; default: what the storage returns. */
  pageSize?: number | undefined;
}

/**
 * How a storage continues a list: with a token of its own (the second version of the request), or after the last key (the
 * first version, which OBS and others return to both).
 */
export type Continuation = "token" | "marker";

/** A storage may return some pages without an entry, with a token each; more mean that the list has no end. */
const MOST_EMPTY_PAGES = 100;

/** Lists the objects of a bucket to the end, with the version of the request that the storage knows. */
export class S3Listing {
  readonly #client: S3Client;
  readonly #bucket: string;
  #continuation: Continuation | undefined;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** How the storage continues lists; undefined as long as no list was longer than a page. */
  get continuation(): Continuation | undefined {
    return this.#continuation;
  }

  /** Throws `storage` if the storage does not continue a list, and `configuration` if it lists another bucket. */
  async *pages(options: ListOptions): AsyncGenerator<ListedPage> {
    let token: string | undefined;
    let marker: string | undefined;
    /** The entries of the last page that had some. */
    let before: ReadonlySet<string> = new Set();
    let emptyPages = 0;
    for (;;) {
      const page = await this.#page(options, token, marker);
      if (page.Name !== undefined && page.Name !== "" && page.Name !== this.#bucket) {
        throw new WrongBucketError(page.Name);
      }
      const found = {
        keys: (page.Contents ?? []).flatMap(({ Key: key }) => key ?? []),
        prefixes: (page.CommonPrefixes ?? []).flatMap(({ Prefix: prefix }) => prefix ?? []),
      };
      yield found;
      if (!required(page.IsTruncated, "IsTruncated")) return;
      const entries = new Set([...found.keys, ...found.prefixes]);
      emptyPages = entries.size > 0 ? 0 : emptyPages + 1;
      // A page has a new entry, also if the first ones repeat the last ones of the page before.
      const isRepeated = entries.size > 0 && [...entries].every((entry) => before.has(entry));
      if (isRepeated || emptyPages > MOST_EMPTY_PAGES) throw notContinued(options.prefix);
      if (entries.size > 0) before = entries;
      const nextToken = "NextContinuationToken" in page ? page.NextContinuationToken : undefined;
      if (nextToken !== undefined && nextToken !== "") {
        if (nextToken === token) throw notContinued(options.prefix);
        token = nextToken;
        this.#continuation = "token";
        continue;
      }
      const next = ("NextMarker" in page ? page.NextMarker : undefined) || last([...found.keys, ...found.prefixes]);
      if (next === undefined || (marker !== undefined && compareKeys(next, marker) <= 0)) {
        throw notContinued(options.prefix);
      }
      marker = next;
      this.#continuation = "marker";
    }
  }

  async #page(
    { prefix, delimiter, pageSize }: ListOptions,
    token: string | undefined,
    marker: string | undefined,
  ): Promise<ListObjectsV2Output | ListObjectsOutput> {
    const input = {
      Bucket: this.#bucket,
      Prefix: prefix,
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(pageSize !== undefined && { MaxKeys: pageSize }),
    };
    if (marker === undefined && (token !== undefined || this.#continuation !== "marker")) {
      try {
        return await this.#client.send(
          new ListObjectsV2Command({ ...input, ...(token !== undefined && { ContinuationToken: token }) }),
        );
      } catch (error) {
        if (token !== undefined || !isUnsupported(error)) throw error;
        this.#continuation = "marker";
      }
    }
    return this.#client.send(new ListObjectsCommand({ ...input, ...(marker !== undefined && { Marker: marker }) }));
  }
}

/** The order of keys in a bucket: that of their bytes in UTF-8. */
const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const last = (keys: readonly string[]): string | undefined =>
  keys.reduce<string | undefined>(
    (max, key) => (max === undefined || compareKeys(key, max) > 0 ? key : max),
    undefined,
  );

const notContinued = (prefix: string): LedgerError =>
  new LedgerError(
    "storage",
    `The object storage does not continue the list of ${prefix} after its first entries, so that the ledger cannot be read as a whole. Use other storage.`,
  );
