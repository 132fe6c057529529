import { LedgerError } from "../ledger-error.ts";
import { visibleText } from "../visible-text.ts";

/** The location of a ledger in object storage. */
export interface S3Location {
  bucket: string;
  /** Has no slash at either end; empty for the whole bucket. */
  prefix: string;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PART = /^[\p{L}\p{N}!_.*'()=@+ -]+$/u;

export function isS3Location(location: string): boolean {
  return /^s3:\/\//i.test(location);
}

/** Parses `s3://bucket/prefix`. Throws `unsupported-location` if the text is not a valid location. */
export function parseS3Location(location: string): S3Location {
  const [bucket = "", ...parts] = location.slice("s3://".length).replace(/\/+$/, "").split("/");
  const isPrefix = parts.every((part) => PART.test(part) && !/^\.+$/.test(part));
  if (!BUCKET.test(bucket) || !isPrefix) {
    throw new LedgerError(
      "unsupported-location",
      `"${visibleText(location)}" is not a location in object storage; write it as s3://bucket or s3://bucket/prefix.`,
    );
  }
  return { bucket, prefix: parts.join("/") };
}
