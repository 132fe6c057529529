import type { DataConverter } from "@temporalio/common";
import { encodedFailuresPath } from "../encoded-failures-path.ts";
import type { Keyring } from "./keyring.ts";
import { PayloadEncryption } from "./payload-encryption.ts";

/**
 * The data converter for clients and workers of batches. With keys, all payloads of a batch in Temporal are encrypted, and its
 * failures; ids, search attributes and names are not. Without keys nothing is, and an encrypted payload is reported as such.
 */
export function dataConverterOf(keyring: Keyring | undefined): DataConverter {
  const payloadCodecs = [new PayloadEncryption(keyring)];
  return keyring ? { payloadCodecs, failureConverterPath: encodedFailuresPath } : { payloadCodecs };
}
