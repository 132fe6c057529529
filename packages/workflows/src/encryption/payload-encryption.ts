import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from "@temporalio/common";
import proto from "@temporalio/proto";
import type { Keyring } from "./keyring.ts";

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** As in Temporal's samples, so that other codec servers can decrypt the payloads with the same keys. */
const ENCODING = "binary/encrypted";
const KEY_ID = "encryption-key-id";
const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A payload cannot be decrypted here. The message names the key's id and the fix, and contains nothing of the payload. */
export class PayloadKeyError extends Error {
  override readonly name = "PayloadKeyError";
  /** The id of the key that encrypted the payload. */
  readonly keyId: string;

  constructor(keyId: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.keyId = keyId;
  }
}

/**
 * Encrypts payloads with AES-256-GCM and the first key, and decrypts them with the key that each one names. Payloads that are
 * not encrypted, such as those of batches from before, stay readable. Without keys it encrypts nothing.
 */
export class PayloadEncryption implements PayloadCodec {
  readonly #keyring: Keyring | undefined;

  constructor(keyring: Keyring | undefined) {
    this.#keyring = keyring;
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    const first = this.#keyring?.first;
    return Promise.resolve(first ? payloads.map((payload) => encrypt(payload, first)) : payloads);
  }

  /** @throws {PayloadKeyError} */
  // oxlint-disable-next-line typescript/require-await -- an error is a rejection
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.#decrypt(payload) : payload));
  }

  #decrypt({ metadata, data }: Payload): Payload {
    const id = nameOf(metadata?.[KEY_ID]);
    const key = this.#keyring?.find(id);
    if (!key) throw new PayloadKeyError(id, missingKey(id, this.#keyring));
    try {
      if (!data) throw new RangeError("empty");
      const decipher = createDecipheriv(CIPHER, key, data.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(data.subarray(-TAG_BYTES));
      const plain = Buffer.concat([decipher.update(data.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      return PayloadMessage.decode(plain);
    } catch (cause) {
      const message = `a payload in Temporal cannot be decrypted with the key ${id}: it was encrypted with another key of that id, or was changed. Give the key the id and the bytes that it has where it encrypts`;
      throw new PayloadKeyError(id, message, { cause });
    }
  }
}

function encrypt(payload: Payload, { id, key }: Keyring["first"]): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  const parts = [iv, cipher.update(PayloadMessage.encode(payload).finish()), cipher.final(), cipher.getAuthTag()];
  return {
    metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat(parts),
  };
}

const isEncrypted = ({ metadata }: Payload): boolean =>
  Buffer.from(metadata?.[METADATA_ENCODING_KEY] ?? []).toString() === ENCODING;

/** Anyone with access to the cluster can write the metadata of a payload. */
function nameOf(bytes: Uint8Array | null | undefined): string {
  const id = Buffer.from(bytes ?? []).toString();
  return /^[\w.:/-]{1,64}$/.test(id) ? id : "(without a usable id)";
}

function missingKey(id: string, keyring: Keyring | undefined): string {
  const has = keyring ? `the keys here are ${keyring.ids.join(", ")}` : "there are no keys here";
  return `a payload in Temporal is encrypted with the key ${id}, and ${has}. Add that key to CASELINK_ENCRYPTION_KEY_FILE or CASELINK_ENCRYPTION_KEYS, also here`;
}
